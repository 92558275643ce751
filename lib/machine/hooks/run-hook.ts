import type { HookContext, HookFailure, HookIdentity } from '../../../types/machine/hooks.js'
import { isMigError, MigError, toError } from '../../errors.js'
import { abortError, type Control, isAbort } from '../operation/control.js'
import { whileLockHeld } from '../operation/own-lock.js'
import type { ValidCommand, ValidHook } from './hooks-schema.js'
import { type CommandEnd, runCommand } from './run-command.js'

/** One hook at its turn. */
export interface HookTurn {
  readonly hook: ValidHook
  readonly identity: HookIdentity
  /** What a function gets. */
  readonly context: HookContext
  /** Variables for a program; they override its own. */
  readonly envs: Readonly<Record<string, string>>
  /** The lock that is held while the hook runs. */
  readonly lockFile: string
}

/** Rejects with `MIG_HOOK_FAILED`, or with the reason of the signal that ended it. */
export async function runHook({ emit }: Control, turn: HookTurn): Promise<void> {
  const { hook, identity, context } = turn
  const { signal } = context
  if (signal.aborted) throw stoppedBy(signal)
  const started = performance.now()
  emit({ kind: 'hook-started', hook: identity })
  try {
    if (typeof hook === 'function') await whileLockHeld(turn.lockFile, () => hook(context))
    else await runProgram(emit, hook, turn)
  } catch (thrown) {
    const error =
      isMigError(thrown) && thrown.code === 'MIG_HOOK_FAILED'
        ? thrown
        : hookError(identity, { cause: toError(thrown) })
    emit({ kind: 'hook-failed', hook: identity, error })
    throw signal.aborted ? stoppedBy(signal) : error
  }
  emit({ kind: 'hook-done', hook: identity, durationMs: performance.now() - started })
}

async function runProgram(
  emit: Control['emit'],
  command: ValidCommand,
  { identity: hook, context, envs }: HookTurn,
): Promise<void> {
  const end = await runCommand(command, {
    env: { ...command.envs, ...envs },
    signal: context.signal,
    onOutput: (stream, text) => emit({ kind: 'hook-output', hook, stream, text }),
  })
  if (end.status !== 0) throw hookError(hook, end)
}

function stoppedBy({ reason }: AbortSignal): MigError {
  return isAbort(reason) ? (reason as MigError) : abortError(reason)
}

/** `MIG_HOOK_FAILED`: a program that did not end with status 0, or a function that has thrown. */
function hookError(hook: HookIdentity, how: CommandEnd | { cause: Error }): MigError {
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
