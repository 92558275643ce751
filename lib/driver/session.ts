import type { ComputeInstanceProfile, Geometry, Placement } from '../../types/geometry.js'
import type { DriverOptions, ResetMethod } from '../../types/options.js'
import type { GpuProcess, GpuState, GpuUuid, MigMode, MigState } from '../../types/state.js'
import { nvmlReturn } from '../nvml-codes.js'
import { untilAborted } from './abort.js'
import type { SessionCallCounts } from './addon.js'
import { enqueueChange } from './change-queue.js'
import { type EventListener, type EventWatch, watchEvents } from './events.js'
import { toComputeInstanceProfile } from './geometry.js'
import { type HolderOptions, type Holders, readHolders } from './holders/read-holders.js'
import { lockFileOf } from './lock.js'
import { type NativeSession, openNativeSession } from './native-session.js'
import { resolveLibrary, rootOf } from './open-library.js'
import { unwrap } from './outcome.js'
import { readGpuProcesses } from './processes.js'
import { checkResetMethod } from './reset/check-method.js'
import { changesModeByReset } from './reset/mode-by-reset.js'
import { resetGpu } from './reset/reset-gpu.js'
import { createStateReader } from './state.js'

export interface CallOptions {
  /** Rejects with its reason. A change that has begun is waited for all the same. */
  readonly signal?: AbortSignal
}

/**
 * An open driver. Every function rejects with `NvmlError`, which names the GPU and the instance.
 * Changes of one GPU run one after the other, those of different GPUs side by side within a bound.
 */
export interface DriverSession {
  /** Where the loader found the library. */
  readonly libraryPath: string
  readonly driverVersion: string
  /** The file that excludes other writers of this machine. */
  readonly lockFile: string
  /** How `resetGpu` does it; undefined: as this machine has it. */
  readonly resetMethod: ResetMethod | undefined
  /** A mode that takes a reset shall wait for somebody else's. */
  readonly skipReset: boolean

  /** What has been asked of the driver so far, the opening included. */
  callCounts(): SessionCallCounts
  /** The GPU with NVML's index. */
  readUuid(gpuIndex: number, options?: CallOptions): Promise<GpuUuid>
  /**
   * The whole machine, frozen; GPUs that are lost are listed apart. A GPU on which nothing has
   * changed is the same object as the time before.
   */
  readState(options?: CallOptions): Promise<MigState>
  /** Whom NVML lists. */
  readProcesses(gpu: GpuUuid, options?: CallOptions): Promise<GpuProcess[]>
  /** Whom NVML lists, and with `scan` whoever has device nodes open. What may not be seen is left out. */
  readHolders(gpus: readonly GpuUuid[], options: HolderOptions): Promise<Holders>
  /** Whether this GPU changes its MIG mode by a reset. */
  changesModeByReset(gpu: GpuUuid, options?: CallOptions): Promise<boolean>
  readMigMode(gpu: GpuUuid, options?: CallOptions): Promise<MigMode>
  /** Inside a live GPU instance, since NVML cannot be asked otherwise; remembered by profile. */
  readComputeInstanceProfiles(
    gpu: GpuUuid,
    gpuInstanceId: number,
    gpuInstanceProfileId: number,
    options?: CallOptions,
  ): Promise<ComputeInstanceProfile[]>

  /** `activation` is an NVML return code: 0 when the mode has changed, else why it is pending. */
  setMigMode(gpu: GpuUuid, enabled: boolean, options?: CallOptions): Promise<{ activation: number }>
  /**
   * Resets this GPU, which a state that was read must have named. NVML is closed meanwhile, and calls on
   * this session and others of this thread wait. Rejects with `MIG_RESET_REQUIRED` when it was not done,
   * with `MIG_REBOOT_REQUIRED` when it cannot be, with the error of the driver that does not come back.
   */
  resetGpu(gpu: GpuUuid): Promise<void>
  /**
   * Null: the driver chooses the place. With a placement, a driver before R460 answers
   * `NVML_ERROR_FUNCTION_NOT_FOUND`: what to do then is for the caller to say.
   */
  createGpuInstance(
    gpu: GpuUuid,
    profileId: number,
    placement: Placement | null,
    options?: CallOptions,
  ): Promise<{ id: number; placement: Placement }>
  destroyGpuInstance(gpu: GpuUuid, gpuInstanceId: number, options?: CallOptions): Promise<void>
  /**
   * Null: the driver chooses the place, as it always does before R525; compare what comes back. A
   * placement that comes back as null is one that the driver cannot tell.
   */
  createComputeInstance(
    gpu: GpuUuid,
    gpuInstanceId: number,
    profileId: number,
    placement: Placement | null,
    options?: CallOptions,
  ): Promise<{ id: number; placement: Placement | null }>
  destroyComputeInstance(
    gpu: GpuUuid,
    gpuInstanceId: number,
    computeInstanceId: number,
    options?: CallOptions,
  ): Promise<void>

  /** Null: no events of these GPUs can be had. */
  watchEvents(gpus: readonly GpuUuid[], listener: EventListener): Promise<EventWatch | null>

  /** Idempotent. What has begun still ends; NVML is shut down after it. */
  close(): Promise<void>
  [Symbol.dispose](): void
  [Symbol.asyncDispose](): Promise<void>
}

export interface SessionOptions extends DriverOptions {
  readonly reset?: ResetMethod
  readonly skipReset?: boolean
}

/**
 * Opens the driver. Rejects with `MIG_NATIVE_UNAVAILABLE`, `MIG_DRIVER_NOT_FOUND`, or the `NvmlError`
 * of its initialisation. The signal is for opening only: each call takes its own.
 */
export async function openSession(options: SessionOptions = {}): Promise<DriverSession> {
  checkResetMethod(options.reset)
  const native = await openNativeSession(options)
  const library = resolveLibrary(options.library)
  const { reset, skipReset = false } = options
  return createSession(native, {
    lockFile: lockFileOf(library),
    root: rootOf(library),
    resetMethod: reset,
    skipReset,
  })
}

interface SessionSettings extends Pick<DriverSession, 'lockFile' | 'resetMethod' | 'skipReset'> {
  /** Where the machine's file tree begins; null: it has none. */
  readonly root: string | null
}

function createSession(
  native: NativeSession,
  { lockFile, root, resetMethod, skipReset }: SessionSettings,
): DriverSession {
  const { libraryPath, driverVersion, run, close } = native
  const toState = createStateReader(native)
  // For the names of compute instance profiles, which follow from that of the GPU instance.
  const geometries = new Map<GpuUuid, Geometry | null>()
  const lastSeen = new Map<GpuUuid, GpuState>()

  return {
    libraryPath,
    driverVersion,
    lockFile,
    resetMethod,
    skipReset,
    callCounts: native.callCounts,

    async readUuid(gpuIndex, { signal } = {}) {
      signal?.throwIfAborted()
      const asking = run((addon, session) => addon.deviceGetHandleByIndex(session, gpuIndex))
      return unwrap(await untilAborted(asking, signal))
    },

    async readState({ signal } = {}) {
      signal?.throwIfAborted()
      const reading = run((addon, session) => addon.snapshot(session))
      const snapshot = unwrap(await untilAborted(reading, signal))
      const state = toState(snapshot)
      for (const gpu of state.gpus) {
        geometries.set(gpu.uuid, gpu.geometry)
        lastSeen.set(gpu.uuid, gpu)
      }
      return state
    },

    async readProcesses(gpu, { signal } = {}) {
      signal?.throwIfAborted()
      return untilAborted(readGpuProcesses(native, root, gpu), signal)
    },

    readHolders: (gpus, options) => readHolders(native, root, gpus, options),

    changesModeByReset: (gpu, { signal } = {}) =>
      untilAborted(changesModeByReset(native, gpu), signal),

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
      const parent = geometries.get(gpu)?.profiles.find(({ id }) => id === profileId)
      return profiles.map((profile) => toComputeInstanceProfile(profile, parent))
    },

    async setMigMode(gpu, enabled, { signal } = {}) {
      const set = () =>
        run((addon, session) => addon.deviceSetMigMode(session, gpu, enabled ? 1 : 0))
      return { activation: unwrap(await enqueueChange(gpu, set, signal), { gpu }) }
    },

    async resetGpu(gpu) {
      const seen = lastSeen.get(gpu)
      if (seen === undefined) throw new TypeError(`no state of ${gpu} was read`)
      return resetGpu(native, seen, resetMethod)
    },

    async createGpuInstance(gpu, profileId, placement, { signal } = {}) {
      const create = () =>
        run((addon, session) =>
          placement === null
            ? addon.deviceCreateGpuInstance(session, gpu, profileId)
            : addon.deviceCreateGpuInstanceWithPlacement(session, gpu, profileId, placement),
        )
      const created = unwrap(await enqueueChange(gpu, create, signal), { gpu })
      return { id: created.id, placement: created.placement }
    },

    async destroyGpuInstance(gpu, gpuInstance, { signal } = {}) {
      const destroy = () =>
        run((addon, session) => addon.gpuInstanceDestroy(session, gpu, gpuInstance))
      unwrap(await enqueueChange(gpu, destroy, signal), { gpu, gpuInstance })
    },

    async createComputeInstance(gpu, gpuInstance, profileId, placement, { signal } = {}) {
      const create = () =>
        run(async (addon, session) => {
          const place = [session, gpu, gpuInstance, profileId] as const
          if (placement !== null) {
            const placed = await addon.gpuInstanceCreateComputeInstanceWithPlacement(
              ...place,
              placement,
            )
            if (placed.ok || placed.ret !== nvmlReturn.functionNotFound) return placed
          }
          return addon.gpuInstanceCreateComputeInstance(...place)
        })
      const created = unwrap(await enqueueChange(gpu, create, signal), { gpu, gpuInstance })
      return { id: created.id, placement: created.placement }
    },

    async destroyComputeInstance(gpu, gpuInstance, computeInstance, { signal } = {}) {
      const destroy = () =>
        run((addon, session) =>
          addon.computeInstanceDestroy(session, gpu, gpuInstance, computeInstance),
        )
      unwrap(await enqueueChange(gpu, destroy, signal), { gpu, gpuInstance, computeInstance })
    },

    watchEvents: (gpus, listener) => watchEvents(native, gpus, listener),

    close,
    [Symbol.dispose]: () => void close().catch(() => {}),
    [Symbol.asyncDispose]: close,
  }
}
