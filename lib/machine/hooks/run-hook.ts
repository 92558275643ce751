import type { HookContext, HookIdentity } from '../../../types/machine/hooks.js'
import { isMigError, MigError, toError } from '../../errors.js'
import { type ProgramEnd, runProgram } from '../../system/run-program.js'
import { abortError, type Control, isAbort } from '../operation/control.js'
import { whileLockHeld } from '../operation/own-lock.js'
import type { ValidCommand, ValidHook } from './hooks-schema.js'

/** How long a program may take to end after SIGTERM. */
const graceMs = 2000

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
    else await runCommand(emit, hook, turn)
  } catch (thrown) {
    const error =
      isMigError(thrown) && thrown.code === 'MIG_HOOK_FAILED'
        ? thrown
        : functionError(identity, toError(thrown))
    emit({ kind: 'hook-failed', hook: identity, error })
    throw signal.aborted ? stoppedBy(signal) : error
  }
  emit({ kind: 'hook-done', hook: identity, durationMs: performance.now() - started })
}

async function runCommand(
  emit: Control['emit'],
  { command, args, envs: own, workdir }: ValidCommand,
  { identity: hook, context, envs }: HookTurn,
): Promise<void> {
  const end = await runProgram(command, args, {
    env: { ...own, ...envs },
    ...(workdir === '' ? {} : { folder: workdir }),
    signal: context.signal,
    graceMs,
    onOutput: (stream, text) => emit({ kind: 'hook-output', hook, stream, text }),
  })
  if (end.kind !== 'ended' || end.status !== 0) throw programError(hook, end)
}

function stoppedBy({ reason }: AbortSignal): MigError {
  return isAbort(reason) ? (reason as MigError) : abortError(reason)
}

/** `MIG_HOOK_FAILED` for a function that has thrown. */
function functionError(hook: HookIdentity, cause: Error): MigError {
  return new MigError('MIG_HOOK_FAILED', `${describeHook(hook)} failed: ${cause.message}`, {
    hook: { ...hook, status: null, signal: null, stderr: '' },
    cause,
  })
}

/** `MIG_HOOK_FAILED` for a program that did not end with status 0. */
function programError(hook: HookIdentity, end: ProgramEnd): MigError {
  const { status, signal } = end.kind === 'ended' ? end : noExit
  const stderr = end.kind === 'not-started' ? '' : end.output.stderr
  const said = stderr.trimEnd().split('\n').at(-1)
  const message = `${describeHook(hook)} ${describeEnd(end)}${said ? `: ${said}` : ''}`
  return new MigError('MIG_HOOK_FAILED', message, { hook: { ...hook, status, signal, stderr } })
}

const noExit = { status: null, signal: null }

function describeEnd(end: ProgramEnd): string {
  if (end.kind === 'not-started') return `did not start: ${end.error.message}`
  if (end.kind === 'stuck') return 'cannot be killed'
  return end.signal === null ? `ended with status ${end.status}` : `was ended by ${end.signal}`
}

function describeHook({ point, position, name }: HookIdentity): string {
  return `the hook ${point}[${position}] (${name})`
}
