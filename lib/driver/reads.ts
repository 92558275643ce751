import type { AnyGpuState, GpuState, GpuUuid, MigState } from '../../types/model/state.js'
import { untilAborted } from '../model/abort.js'
import { requireListedState } from '../model/unlisted.js'
import { nvmlReturn } from '../nvml-codes.js'
import { type Outcome, unwrap } from './addon/outcome.js'
import type { Connection } from './connection/connection.js'
import { maySeeStaleDevices } from './connection/stale-devices.js'
import { listDevices } from './device-list.js'
import type { DriverSession } from './driver-session.js'
import { readGpuProcesses } from './holders/nvml-processes.js'
import { readHolders } from './holders/read-holders.js'
import { changesModeByReset } from './reset/reset-gpu.js'
import { readWithoutDoubt } from './state/doubt.js'
import { toComputeInstanceProfile } from './state/geometry.js'
import { createStateReader } from './state/state-reader.js'
import { readUsage } from './usage.js'

export type SessionReads = Pick<
  DriverSession,
  | 'readUuid'
  | 'readState'
  | 'readListedState'
  | 'readGpu'
  | 'readProcesses'
  | 'readUsage'
  | 'readCudaVersion'
  | 'listDevices'
  | 'readHolders'
  | 'changesModeByReset'
  | 'readMigMode'
  | 'readComputeInstanceProfiles'
>

/**
 * The reading calls of a session. `root` is the root of the machine's file tree; null: it has none.
 * `lastSeen` gets each GPU as it was read last.
 */
export function createReads(
  connection: Connection,
  root: string | null,
  lastSeen: Map<GpuUuid, AnyGpuState>,
): SessionReads {
  const { run } = connection
  const states = createStateReader(connection)

  async function snapshot(signal: AbortSignal | undefined): Promise<readonly string[]> {
    const reading = run((addon, session) => addon.snapshot(session))
    return unwrap(await untilAborted(reading, signal))
  }

  function readNow(signal: AbortSignal | undefined): Promise<MigState> {
    const read = async (): Promise<MigState> => states.readState(await snapshot(signal))
    return readWithoutDoubt(connection, { lastSeen, read, gpusOf: ({ gpus }) => gpus, signal })
  }

  const minorOf = (gpu: GpuUuid): number | null => lastSeen.get(gpu)?.minorNumber ?? null

  const readState: SessionReads['readState'] = async ({ signal } = {}) => {
    signal?.throwIfAborted()
    let state = await readNow(signal)
    if (maySeeStaleDevices(connection.machine, state.gpus)) {
      const reopening = connection.whileClosed(async () => {})
      await untilAborted(reopening, signal)
      state = await readNow(signal)
      // This process may not see what is still missing.
      maySeeStaleDevices(connection.machine, state.gpus)
    }
    for (const gpu of state.gpus) lastSeen.set(gpu.uuid, gpu)
    return state
  }

  return {
    async readUuid(gpuIndex, { signal } = {}) {
      signal?.throwIfAborted()
      const asking = run((addon, session) => addon.deviceGetHandleByIndex(session, gpuIndex))
      return unwrap(await untilAborted(asking, signal))
    },

    readState,

    async readListedState(options) {
      return requireListedState(await readState(options))
    },

    async readGpu(uuid, { signal } = {}) {
      signal?.throwIfAborted()
      const read = async (): Promise<GpuState | null> => {
        const reading = run((addon, session) => addon.gpuSnapshot(session, uuid))
        const outcome = await untilAborted(reading, signal)
        return isAbsent(outcome) ? null : states.readGpu(unwrap(outcome, { gpu: uuid }))
      }
      const gpu = await readWithoutDoubt(connection, {
        lastSeen,
        read,
        gpusOf: (found) => (found === null ? [] : [found]),
        signal,
      })
      if (gpu !== null) lastSeen.set(uuid, gpu)
      return gpu
    },

    async readProcesses(gpu, { signal } = {}) {
      signal?.throwIfAborted()
      return untilAborted(readGpuProcesses(connection, root, gpu), signal)
    },

    readUsage: (gpus, { signal } = {}) => untilAborted(readUsage(connection, root, gpus), signal),

    async readCudaVersion({ signal } = {}) {
      const reading = run((addon, session) => addon.systemGetCudaDriverVersion(session))
      const outcome = await untilAborted(reading, signal)
      if (!outcome.ok) return null
      return `${Math.floor(outcome.value / 1000)}.${Math.floor((outcome.value % 1000) / 10)}`
    },

    listDevices: ({ signal } = {}) => untilAborted(listDevices(connection), signal),

    readHolders: (gpus, options) => readHolders({ connection, root, minorOf }, gpus, options),

    changesModeByReset: (gpu, { signal } = {}) =>
      untilAborted(changesModeByReset(connection, gpu), signal),

    async readMigMode(gpu, { signal } = {}) {
      const reading = run((addon, session) => addon.deviceGetMigMode(session, gpu))
      const { current, pending } = unwrap(await untilAborted(reading, signal), { gpu })
      return { enabled: current === 1, pending: pending === 1 }
    },

    async readComputeInstanceProfiles(gpu, gpuInstance, profileId, { signal } = {}) {
      signal?.throwIfAborted()
      const reading = run((addon, session) =>
        addon.readComputeInstanceProfiles(session, gpu, gpuInstance, profileId),
      )
      const profiles = unwrap(await untilAborted(reading, signal), { gpu, gpuInstance })
      const parent = lastSeen.get(gpu)?.geometry?.profiles.find(({ id }) => id === profileId)
      return profiles.map((profile) => toComputeInstanceProfile(profile, parent))
    },
  }
}

/** The GPU is lost or not there. */
function isAbsent(outcome: Outcome<unknown>): boolean {
  const { gpuIsLost, notFound } = nvmlReturn
  return !outcome.ok && (outcome.ret === gpuIsLost || outcome.ret === notFound)
}
