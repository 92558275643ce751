import type { DraDriver, DraDriverOptions } from '../../../types/kubernetes/dra-driver.js'
import type { MigStateUpdate, MigStateWatch } from '../../../types/machine/watch.js'
import type { MigState } from '../../../types/model/state.js'
import { isGpuLocked } from '../../driver/lock/machine-lock.js'
import { isMigError, toError } from '../../errors.js'
import { repeatedWait } from '../../machine/watch/repeated-wait.js'
import { watchMigState } from '../../machine/watch.js'
import { emptyView, noteChanges, writeSpec } from '../device-plugin/node-view.js'
import { onChange } from '../device-plugin/on-change.js'
import { loadGrpc } from '../kubelet/grpc.js'
import { draMessages } from '../kubelet/messages/dra.js'
import { registrationMessages } from '../kubelet/messages/plugin-registration.js'
import { type DraSettings, readDraOptions } from './driver-options.js'
import { type DriverSocket, openDriverSocket } from './driver-socket.js'
import { type FollowedPool, followPool } from './follow-pool.js'
import { prepareClaim } from './prepare-claims.js'
import { type Published, publishSlices } from './publish-slices.js'
import { ailing, namedDevices } from './published-devices.js'

/** How soon to look again while an apply runs: its end is no event of the driver. */
const changingMs = 100
/** How often to compare the slices though their watch shows no change: nothing here trusts one connection for ever. */
const compareMs = 600_000

/**
 * A DRA driver for the GPUs and MIG devices of this node as they are: it publishes their resource slices, follows each change of the
 * layout, and answers the kubelet which devices a claim has. Resolves when the machine has been read.
 *
 * @throws TypeError for wrong options. MigError `MIG_PLUGIN_RUNNING` beside another driver of the name, `MIG_PACKAGE_MISSING`,
 *   `MIG_DRIVER_NOT_FOUND` and others of `readMigState`.
 */
export async function startDraDriver(options: DraDriverOptions): Promise<DraDriver> {
  const settings = readDraOptions(options)
  const messages = {
    registration: await loadGrpc(registrationMessages),
    dra: await loadGrpc(draMessages),
  }
  const leaving = new AbortController()
  const { signal: given } = settings.driver
  const signal = given === undefined ? leaving.signal : AbortSignal.any([given, leaving.signal])
  const stoppable = { ...settings, driver: { ...settings.driver, signal } }
  const { folder, name, onEvent, intervalMs } = settings
  const open = (): Promise<DriverSocket> =>
    openDriverSocket(messages, folder, name, {
      prepare: (claim) => prepareClaim(claim, stoppable),
      registered(error) {
        if (error === null) onEvent({ kind: 'registered' })
        else onEvent({ kind: 'waiting', error: new Error(`the kubelet refuses: ${error}`) })
      },
    })
  let socket = await open()
  const keepSocket = async (): Promise<void> => {
    if (!socket.isGone()) return
    await socket.close()
    socket = await open()
  }
  const watch = watchMigState({ ...settings.driver, intervalMs, signal })
  const end = async (): Promise<void> => {
    leaving.abort()
    await watch.return()
    await socket.close()
  }
  let first: MigStateUpdate | undefined
  try {
    first = (await watch.next()).value
  } catch (error) {
    await end()
    throw error
  }
  const pool = followPool(settings, signal)
  const ended = run(first, { watch, pool, keepSocket, end }, stoppable)
  // A caller that only closes the driver must not be ended by a rejection that it does not await.
  ended.catch(() => {})
  const close = async (): Promise<void> => {
    leaving.abort()
    await ended.catch(() => {})
  }
  return { ended, close, [Symbol.asyncDispose]: close }
}

interface Parts {
  readonly watch: MigStateWatch
  readonly pool: FollowedPool
  /** Opens the socket again where something has removed it. */
  readonly keepSocket: () => Promise<void>
  readonly end: () => Promise<void>
}

async function run(
  first: MigStateUpdate | undefined,
  parts: Parts,
  settings: DraSettings,
): Promise<void> {
  try {
    await follow(first, parts, settings)
  } catch (error) {
    if (settings.driver.signal?.aborted !== true) throw error
  } finally {
    await parts.end()
  }
}

async function follow(
  first: MigStateUpdate | undefined,
  { watch, pool, keepSocket }: Parts,
  settings: DraSettings,
): Promise<void> {
  if (first === undefined) return
  const { onEvent, intervalMs, checkMs } = settings
  const failures = onChange((_, error) => onEvent({ kind: 'failed', error }))
  const waits = onChange((_, error) => onEvent({ kind: 'waiting', error }))
  const view = emptyView()
  const shown = new Set<string>()
  let { state } = first
  let next = repeatedWait(watch.next())
  let published: Error | null = null
  let checkedAt = 0
  let last = ''
  for (;;) {
    await keepSocket()
    const failure = await writeSpec(state, settings)
    failures(failure)
    const isWaiting = renewShown(shown, state, failure === null, settings)
    const ill = ailing(state, view)
    const now = JSON.stringify([...shown].map((uuid) => [uuid, ill.get(uuid)]))
    const { hasChanged, isFollowed } = pool.look()
    // What has failed is repeated only after a while: many nodes may meet the same failure.
    const restMs = isFollowed && published === null ? Math.max(checkMs, compareMs) : checkMs
    const isDue = performance.now() - checkedAt >= restMs
    if (now !== last || (hasChanged && published === null) || isDue) {
      published = await publish(state, { shown, ill }, settings)
      waits(published)
      last = now
      checkedAt = performance.now()
    }
    const update = await next(isWaiting ? Math.min(changingMs, intervalMs) : intervalMs)
    if (update?.done) return
    noteChanges(view, update?.value.changes ?? [], settings)
    if (update === null) continue
    state = update.value.state
    next = repeatedWait(watch.next())
  }
}

/** A device that is gone goes at once. A new one comes when no apply changes its GPU, because that may take it back. */
function renewShown(
  shown: Set<string>,
  state: MigState,
  isSpecWritten: boolean,
  settings: DraSettings,
): boolean {
  const before = new Set(shown)
  shown.clear()
  let isWaiting = false
  for (const { uuid, gpu } of namedDevices(state, settings).values()) {
    const isNew = !before.has(uuid)
    if (isNew && (!isSpecWritten || isGpuLocked(settings.lockFile, gpu))) isWaiting = true
    else shown.add(uuid)
  }
  return isWaiting
}

/** What time may mend; null: the slices are as they must be. Rejects beside another driver. */
async function publish(
  state: MigState,
  published: Published,
  settings: DraSettings,
): Promise<Error | null> {
  const { onEvent, driver } = settings
  try {
    const generation = await publishSlices(state, published, settings)
    if (generation === null) return null
    const { shown, ill } = published
    const all = [...namedDevices(state, settings).values()].filter(({ uuid }) => shown.has(uuid))
    onEvent({
      kind: 'published',
      generation,
      devices: all.filter(({ uuid }) => !ill.has(uuid)).map(({ name }) => name),
      withheld: all
        .filter(({ uuid }) => ill.has(uuid))
        .map(({ name, uuid }) => ({ device: name, problem: `Xid ${ill.get(uuid)}` })),
    })
    return null
  } catch (error) {
    driver.signal?.throwIfAborted()
    if (isMigError(error) && error.code === 'MIG_PLUGIN_RUNNING') throw error
    return toError(error)
  }
}
