import { type OptionValues, UsageError } from './verb.js'

export function textOf(values: OptionValues, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

export function required(values: OptionValues, name: string): string {
  const value = textOf(values, name)
  if (value === undefined) throw new UsageError(`--${name} is missing`)
  return value
}

export function numberOf(values: OptionValues, name: string): number {
  const value = Number(required(values, name))
  if (!Number.isInteger(value) || value < 0)
    throw new UsageError(`--${name} takes a whole number from 0`)
  return value
}

export function optionalNumber(values: OptionValues, name: string): number | undefined {
  return values[name] === undefined ? undefined : numberOf(values, name)
}
