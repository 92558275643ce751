import type { ClientIdentity } from '../../../types/machine/clients.js'
import type { GpuProcess } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { readControlGroups } from '../../system/control-groups.js'
import { readProcessDetails } from '../../system/process-details.js'
import { type ProgramEnd, runProgram } from '../../system/run-program.js'

/** How long mig-manager gives a service to stop, and to start. */
const stopMs = 30_000
const startMs = 120_000
const askMs = 30_000
const graceMs = 2000

/** A client that runs. */
export interface RunningClient {
  readonly identity: ClientIdentity
  /** Whether a process belongs to it. */
  owns(process: GpuProcess): boolean
}

/**
 * Null: it does not run, or does not exist; also where its program does not exist, as on a host without systemd. Rejects
 * with `MIG_CLIENT_FAILED` where its program does not answer.
 */
export async function findRunning(
  root: string,
  identity: ClientIdentity,
  signal: AbortSignal,
): Promise<RunningClient | null> {
  const { kind, name, program } = identity
  const args =
    kind === 'unit'
      ? ['show', '--property=ActiveState', '--property=ControlGroup', '--', name]
      : ['inspect', '--format', '{{.State.Running}} {{.Id}}', name]
  const end = await run(program, args, askMs, signal)
  signal.throwIfAborted()
  if (end.kind === 'not-started') return null
  if (end.kind === 'stuck' || end.isStopped)
    throw clientError(identity, 'its state is not known', end)
  if (end.status !== 0) return null
  return kind === 'unit'
    ? runningUnit(root, identity, end.output.all)
    : runningContainer(root, identity, end.output.all)
}

const runs = ['active', 'activating', 'reloading']

function runningUnit(root: string, identity: ClientIdentity, shown: string): RunningClient | null {
  const property = (name: string): string =>
    new RegExp(`^${name}=(.*)$`, 'm').exec(shown)?.[1]?.trim() ?? ''
  if (!runs.includes(property('ActiveState'))) return null
  const group = property('ControlGroup')
  return {
    identity,
    owns: ({ pid }) =>
      group !== '' &&
      readControlGroups(root, pid).some((path) => path === group || path.startsWith(`${group}/`)),
  }
}

function runningContainer(
  root: string,
  identity: ClientIdentity,
  shown: string,
): RunningClient | null {
  const [state, id = ''] = shown.trim().split(/\s+/)
  if (state !== 'true' || !/^[0-9a-f]{12,64}$/.test(id)) return null
  return {
    identity,
    // Holders from NVML's lists alone come without their container.
    owns: ({ pid, container }) =>
      (container ?? readProcessDetails(root, pid).container)?.id.startsWith(id) === true,
  }
}

/** Rejects with `MIG_CLIENT_FAILED`; it may stop all the same. */
export async function stopClient(identity: ClientIdentity, signal: AbortSignal): Promise<void> {
  const { kind, name, program } = identity
  const end = await run(
    program,
    kind === 'unit' ? ['stop', '--', name] : ['stop', name],
    stopMs,
    signal,
  )
  signal.throwIfAborted()
  if (!hasSucceeded(end)) throw clientError(identity, 'it did not stop', end)
}

/**
 * A unit is only queued: waiting for a unit that systemd starts after this very process, as at boot, would never end
 * (mig-parted #408, #432). Rejects with `MIG_CLIENT_FAILED`.
 */
export async function startClient(identity: ClientIdentity): Promise<void> {
  const { kind, name, program } = identity
  const args = kind === 'unit' ? ['start', '--no-block', '--', name] : ['start', name]
  const end = await run(program, args, startMs)
  if (!hasSucceeded(end)) throw clientError(identity, 'it was not started again', end)
}

function hasSucceeded(end: ProgramEnd): boolean {
  return end.kind === 'ended' && end.status === 0 && !end.isStopped
}

function run(
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
    ...(signal === undefined ? {} : { signal }),
  })
}

function clientError(identity: ClientIdentity, problem: string, end: ProgramEnd): MigError {
  const { kind, name, program } = identity
  return new MigError(
    'MIG_CLIENT_FAILED',
    `the ${kind} ${name}: ${problem}: ${program} ${describeEnd(end)}`,
    {
      hint: `look into the log of the ${kind}; mig-nvml recover starts what an apply has left stopped`,
    },
  )
}

function describeEnd(end: ProgramEnd): string {
  if (end.kind === 'not-started') return `did not start: ${end.error.message}`
  if (end.kind === 'stuck' || end.isStopped) return 'did not answer in time'
  const said = end.output.stderr.trim().split('\n').at(-1) ?? ''
  const how = end.status === null ? `was ended by ${end.signal}` : `ended with status ${end.status}`
  return said === '' ? how : `${how}: ${said}`
}
