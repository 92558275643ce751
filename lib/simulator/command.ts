import { MigError } from '../errors.js'
import { callControl } from './native.js'

export type ArgumentValue = string | number | undefined

/** One command of the control language, without its undefined arguments. */
export function formatCommand(
  verb: string,
  args: Readonly<Record<string, ArgumentValue>> = {},
): string {
  const words = Object.entries(args)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quote(String(value))}`)
  return [verb, ...words].join(' ')
}

/** Runs a command and returns its parsed reply. A refused command throws with the simulator's own message. */
export function sendCommand(
  verb: string,
  args: Readonly<Record<string, ArgumentValue>> = {},
): unknown {
  const { status, reply } = callControl(formatCommand(verb, args))
  const parsed: unknown = JSON.parse(reply)
  if (status !== 0) throw new MigError('MIG_SIMULATOR_INVALID', errorText(parsed, reply))
  return parsed
}

function quote(value: string): string {
  if (/^[\w./:-]+$/.test(value)) return value
  if (value.includes('\0')) {
    throw new MigError('MIG_SIMULATOR_INVALID', 'a value must not contain a zero byte')
  }
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

function errorText(parsed: unknown, reply: string): string {
  if (typeof parsed === 'object' && parsed !== null && 'error' in parsed) {
    return String(parsed.error)
  }
  return reply
}
