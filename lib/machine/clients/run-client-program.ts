import type { ClientIdentity } from '../../../types/machine/clients.js'
import { MigError } from '../../errors.js'
import { type ProgramEnd, runProgram } from '../../system/run-program.js'

/** How long mig-manager gives a service to stop, and to start. */
export const stopMs = 30_000
export const startMs = 120_000
export const askMs = 30_000
const graceMs = 2000
/** Answers about units have lists of other units. */
const tailLength = 2 ** 20

/** Runs a program that stops, starts or knows clients. Never rejects. */
export function runClientProgram(
  program: string,
  args: readonly string[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<ProgramEnd> {
  const env = { ...process.env, LC_ALL: 'C' }
  return runProgram(program, args, {
    env,
    timeoutMs,
    graceMs,
    tailLength,
    ...(signal === undefined ? {} : { signal }),
  })
}

export function hasSucceeded(end: ProgramEnd): boolean {
  return end.kind === 'ended' && end.status === 0 && !end.isStopped
}

/** Throws `MIG_CLIENT_FAILED` where the program did not answer. Null: it answered with an error, or does not exist. */
export function answerOf(identity: ClientIdentity, end: ProgramEnd): string | null {
  if (end.kind === 'not-started') return null
  if (end.kind === 'stuck' || end.isStopped) throw endError(identity, 'its state is not known', end)
  return end.status === 0 ? end.output.all : null
}

export function endError(identity: ClientIdentity, problem: string, end: ProgramEnd): MigError {
  return clientError(identity, `${problem}: ${identity.program} ${describeEnd(end)}`)
}

export function clientError({ kind, name }: ClientIdentity, problem: string): MigError {
  return new MigError('MIG_CLIENT_FAILED', `the ${kind} ${name}: ${problem}`, {
    hint: `look into the log of the ${kind}; mig-nvml recover starts what an apply has left stopped`,
  })
}

function describeEnd(end: ProgramEnd): string {
  if (end.kind === 'not-started') return `did not start: ${end.error.message}`
  if (end.kind === 'stuck' || end.isStopped) return 'did not answer in time'
  const said = end.output.stderr.trim().split('\n').at(-1) ?? ''
  const how = end.status === null ? `was ended by ${end.signal}` : `ended with status ${end.status}`
  return said === '' ? how : `${how}: ${said}`
}
