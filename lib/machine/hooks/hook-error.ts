import type { HookFailure, HookIdentity } from '../../../types/machine/hooks.js'
import { MigError } from '../../errors.js'
import type { CommandEnd } from './run-command.js'

/** `MIG_HOOK_FAILED`: a program that did not end with status 0, or a function that has thrown. */
export function hookError(hook: HookIdentity, how: CommandEnd | { cause: Error }): MigError {
  const { point, position, name } = hook
  const which = `the hook ${point}[${position}] (${name})`
  if ('cause' in how)
    return new MigError('MIG_HOOK_FAILED', `${which} failed: ${how.cause.message}`, {
      hook: { ...hook, status: null, signal: null, stderr: '' },
      cause: how.cause,
    })
  const { status, signal, stderr, problem } = how
  const failure: HookFailure = { ...hook, status, signal, stderr }
  const said = stderr.trimEnd().split('\n').at(-1)
  const message =
    problem ?? (signal === null ? `ended with status ${status}` : `was ended by ${signal}`)
  const lastLine = said ? `: ${said}` : ''
  return new MigError(
    'MIG_HOOK_FAILED',
    problem === undefined ? `${which} ${message}${lastLine}` : `${which} did not start: ${message}`,
    { hook: failure },
  )
}
