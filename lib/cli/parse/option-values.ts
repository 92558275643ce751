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

export function numberOf(values: OptionValues, name: string, least = 0): number {
  const value = Number(required(values, name))
  if (!Number.isInteger(value) || value < least)
    throw new UsageError(`--${name} takes a whole number from ${least}`)
  return value
}

export function optionalNumber(values: OptionValues, name: string, least = 0): number | undefined {
  return values[name] === undefined ? undefined : numberOf(values, name, least)
}

/** One of these words, or undefined. `source`: where the value comes from, for an error. */
export function choiceOf<const Word extends string>(
  values: OptionValues,
  name: string,
  words: readonly Word[],
  source = `--${name}`,
): Word | undefined {
  const text = textOf(values, name)
  const found = words.find((word) => word === text)
  if (text !== undefined && found === undefined)
    throw new UsageError(`${source} takes ${words.join(', ')}, not '${text}'`, {
      written: text,
      names: words,
    })
  return found
}

/** An object with the property, or without it if the value is undefined. */
export function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: Value })
}
