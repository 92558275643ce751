import type { ClientIdentity, ClientWhen } from '../../../types/machine/clients.js'
import type { MigPlan } from '../../../types/machine/plan.js'
import type { GpuHolder } from '../../../types/model/state.js'
import { MigError, toError } from '../../errors.js'
import type { Control } from '../operation/control.js'
import type { Operation } from '../operation/operation.js'
import { evictedHolders } from '../operation/plan-around-holders.js'
import { findRunning, keyOf, listStoppedWith, startClient, stopClient } from './client-programs.js'
import { readStopped, recordStopped } from './client-record.js'
import type { WantedClient } from './clients-document.js'

/** Clients that an apply stops where they are in its way, and starts again in every outcome. */
export interface Clients {
  /** Takes over what a crash has left stopped: it is started again at the end. */
  begin(): Promise<void>
  /** Stops what this plan does not go with. False: nothing was stopped. */
  stopForPlan(plan: MigPlan): Promise<boolean>
  /**
   * Stops the first client to which one of these processes belongs: without it, there may be a way around the others. False:
   * nothing was stopped.
   */
  stopHolders(holders: readonly GpuHolder[]): Promise<boolean>
  /** Never rejects. Null: everything that was stopped has been started. */
  startAgain(): Promise<Error | null>
}

export function createClients(
  { session: { lockFile }, control }: Operation,
  wanted: readonly WantedClient[],
  root: string | null,
): Clients {
  if (root === null && wanted.length > 0)
    throw new MigError(
      'MIG_CLIENT_FAILED',
      'clients belong to this computer, and the machine is a simulated one without a file tree',
    )
  return createRunningClients(lockFile, control, wanted, root ?? '/')
}

function createRunningClients(
  lockFile: string,
  { signal, emit }: Control,
  wanted: readonly WantedClient[],
  root: string,
): Clients {
  /** In the order in which they were stopped. */
  let stopped: readonly ClientIdentity[] = []

  async function stop(client: ClientIdentity): Promise<void> {
    const all = await listStoppedWith(client, signal)
    const after = [...stopped, ...all]
    await recordStopped(lockFile, after)
    stopped = after
    try {
      await stopClient(client, signal)
    } catch (error) {
      emit({ kind: 'client-failed', client, error: toError(error) })
      throw error
    }
    for (const each of all) emit({ kind: 'client-stopped', client: each })
  }

  /** Stops the clients that are meant in any case, and those to which one of the processes belongs; at most so many. */
  async function stopWhere(
    isMeant: (client: WantedClient) => boolean,
    holders: readonly GpuHolder[],
    most: number,
  ): Promise<boolean> {
    let count = 0
    const done = new Set(stopped.map(keyOf))
    for (const client of wanted) {
      const meant = isMeant(client)
      // Its program may hang, as on a host without D-Bus: it only runs where the answer matters.
      if (done.has(keyOf(client.identity)) || (!meant && holders.length === 0)) continue
      const running = await findRunning(root, client.identity, signal)
      if (running === null || !(meant || holders.some(running.owns))) continue
      await stop(client.identity)
      count++
      if (count === most) break
    }
    return count > 0
  }

  return {
    async begin() {
      stopped = await readStopped(lockFile)
    },
    stopForPlan: (plan) =>
      stopWhere(
        ({ when }) => isMeantBy(plan, when),
        evictedHolders(plan),
        Number.POSITIVE_INFINITY,
      ),
    stopHolders: (holders) => stopWhere(() => false, holders, 1),
    async startAgain() {
      const left: ClientIdentity[] = []
      const errors: Error[] = []
      for (const client of stopped.toReversed()) {
        try {
          await startClient(client)
          emit({ kind: 'client-started', client })
        } catch (error) {
          left.unshift(client)
          errors.push(toError(error))
          emit({ kind: 'client-failed', client, error: toError(error) })
        }
      }
      if (stopped.length > 0)
        await recordStopped(lockFile, left).catch((error: unknown) => errors.push(toError(error)))
      stopped = left
      return combine(errors)
    },
  }
}

function isMeantBy({ gpus }: MigPlan, when: ClientWhen): boolean {
  const steps = gpus.flatMap((gpu) => gpu.steps)
  switch (when) {
    case 'holding':
      return false
    case 'reset':
      return steps.some((step) => step.kind === 'set-mig-mode' && step.needsReset === true)
    case 'mode':
      return steps.some(({ kind }) => kind === 'set-mig-mode')
    case 'change':
      return steps.length > 0
    default:
      return when satisfies never
  }
}

function combine(errors: readonly Error[]): Error | null {
  const [first, ...others] = errors
  if (first === undefined || others.length === 0) return first ?? null
  return new MigError('MIG_CLIENT_FAILED', errors.map(({ message }) => message).join('; '), {
    cause: first,
    errors,
  })
}

/** Starts what an apply that crashed has left stopped. The caller has the lock on the machine. */
export async function startLeftClients(lockFile: string): Promise<{
  readonly started: readonly ClientIdentity[]
  readonly error: Error | null
}> {
  const started: ClientIdentity[] = []
  const clients = createRunningClients(
    lockFile,
    {
      signal: new AbortController().signal,
      stopped: null,
      stop: () => {},
      emit: (event) => {
        if (event.kind === 'client-started') started.push(event.client)
      },
    },
    [],
    '/',
  )
  await clients.begin()
  const error = await clients.startAgain()
  return { started, error }
}
