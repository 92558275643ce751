import type { ClientIdentity } from '../../../types/machine/clients.js'
import type { GpuProcess } from '../../../types/model/state.js'
import { readControlGroups } from '../../system/control-groups.js'
import { readProcessDetails } from '../../system/process-details.js'
import {
  answerOf,
  askMs,
  clientError,
  endError,
  hasSucceeded,
  runClientProgram,
  startMs,
  stopMs,
} from './run-client-program.js'
import { isRunning, ownUnit, showUnits, startUnit, unitsStoppedAlong } from './systemd-units.js'

/** A client that runs. */
export interface RunningClient {
  readonly identity: ClientIdentity
  /** Whether a process belongs to it. */
  owns(process: GpuProcess): boolean
}

/** Differs between any two clients. */
export function keyOf({ program, name }: ClientIdentity): string {
  return `${program} ${name}`
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
  return identity.kind === 'unit'
    ? findRunningUnit(root, identity, signal)
    : findRunningContainer(root, identity, signal)
}

async function findRunningUnit(
  root: string,
  identity: ClientIdentity,
  signal: AbortSignal,
): Promise<RunningClient | null> {
  const [unit] = await showUnits(identity, [identity.name], signal)
  if (unit === undefined || !isRunning(unit)) return null
  const group = unit.get('ControlGroup') ?? ''
  return {
    identity,
    owns: ({ pid }) =>
      group !== '' &&
      readControlGroups(root, pid).some((path) => path === group || path.startsWith(`${group}/`)),
  }
}

async function findRunningContainer(
  root: string,
  identity: ClientIdentity,
  signal: AbortSignal,
): Promise<RunningClient | null> {
  const { name, program } = identity
  const args = ['inspect', '--format', '{{.State.Running}} {{.Id}}', name]
  const end = await runClientProgram(program, args, askMs, signal)
  signal.throwIfAborted()
  const [state, id = ''] = (answerOf(identity, end) ?? '').trim().split(/\s+/)
  if (state !== 'true' || !/^[0-9a-f]{12,64}$/.test(id)) return null
  return {
    identity,
    // Holders from NVML's lists alone come without their container.
    owns: ({ pid, container }) =>
      (container ?? readProcessDetails(root, pid).container)?.id.startsWith(id) === true,
  }
}

/**
 * What stops when this client is stopped, itself last. Rejects with `MIG_CLIENT_FAILED` where this process would stop with
 * it.
 */
export async function listStoppedWith(
  identity: ClientIdentity,
  signal: AbortSignal,
): Promise<readonly ClientIdentity[]> {
  if (identity.kind === 'container') return [identity]
  const along = await unitsStoppedAlong(identity, signal)
  const own = ownUnit()
  if (own !== null && [...along, identity.name].includes(own))
    throw clientError(identity, `this process is part of ${own}, which would stop with it`)
  return [...along.map((name) => ({ ...identity, name })), identity]
}

/** Rejects with `MIG_CLIENT_FAILED`; it may stop all the same. */
export async function stopClient(identity: ClientIdentity, signal: AbortSignal): Promise<void> {
  const { kind, name, program } = identity
  const end = await runClientProgram(
    program,
    kind === 'unit' ? ['stop', '--', name] : ['stop', name],
    stopMs,
    signal,
  )
  signal.throwIfAborted()
  if (!hasSucceeded(end)) throw endError(identity, 'it did not stop', end)
}

/** Rejects with `MIG_CLIENT_FAILED`. */
export async function startClient(identity: ClientIdentity): Promise<void> {
  const { kind, name, program } = identity
  const end =
    kind === 'unit'
      ? await startUnit(name)
      : await runClientProgram(program, ['start', name], startMs)
  if (!hasSucceeded(end)) throw endError(identity, 'it was not started again', end)
}
