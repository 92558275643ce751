import type { DriverOptions, ResetMethod, SlowCall } from '../../types/machine/options.js'
import type { AnyGpuState, GpuUuid } from '../../types/model/state.js'
import { requireListed } from '../model/unlisted.js'
import { createChanges } from './changes.js'
import { type Connection, openConnection } from './connection/connection.js'
import { resolveLibrary, rootOf } from './connection/open-library.js'
import type { DriverSession } from './driver-session.js'
import { watchEvents } from './events.js'
import { lockFileOf } from './lock/lock-file.js'
import { createReads } from './reads.js'
import { defaultResetTimeoutMs } from './reset/nvidia-smi.js'
import { type ResetSettings, resetGpu } from './reset/reset-gpu.js'

export type { CallOptions, DriverSession } from './driver-session.js'

export interface SessionOptions extends DriverOptions {
  readonly reset?: ResetMethod
  readonly resetTimeoutMs?: number
  readonly skipReset?: boolean
}

/**
 * Opens the driver. Rejects with `MIG_NATIVE_UNAVAILABLE`, `MIG_DRIVER_NOT_FOUND`, or the `NvmlError`
 * of its initialisation. The signal only stops the opening: each call takes its own.
 */
export async function openSession(options: SessionOptions = {}): Promise<DriverSession> {
  const reset = {
    method: options.reset,
    timeoutMs: options.resetTimeoutMs ?? defaultResetTimeoutMs,
  }
  const lastSeen = new Map<GpuUuid, AnyGpuState>()
  const { onSlowCall } = options
  const connection = await openConnection(
    onSlowCall === undefined
      ? options
      : { ...options, onSlowCall: (call) => onSlowCall(nameGpu(call, lastSeen)) },
  )
  const library = resolveLibrary(options.library)
  return createSession(connection, lastSeen, {
    lockFile: lockFileOf(library),
    root: rootOf(library),
    reset,
    skipReset: options.skipReset ?? false,
  })
}

interface SessionSettings extends Pick<DriverSession, 'lockFile' | 'skipReset'> {
  /** The root of the machine's file tree; null: it has none. */
  readonly root: string | null
  readonly reset: ResetSettings
}

function createSession(
  connection: Connection,
  lastSeen: Map<GpuUuid, AnyGpuState>,
  { lockFile, root, reset, skipReset }: SessionSettings,
): DriverSession {
  const { libraryPath, driverVersion, callCounts, close } = connection
  return {
    libraryPath,
    driverVersion,
    lockFile,
    skipReset,
    resetMethod: reset.method,
    callCounts,
    ...createReads(connection, root, lastSeen),
    ...createChanges(connection),

    async resetGpu(gpu) {
      const seen = lastSeen.get(gpu)
      if (seen === undefined) throw new TypeError(`no state of ${gpu} was read`)
      return resetGpu(connection, requireListed(seen), reset)
    },

    watchEvents: (gpus, listener) => watchEvents(connection, gpus, listener),

    close,
    [Symbol.dispose]: () => void close().catch(() => {}),
    [Symbol.asyncDispose]: close,
  }
}

/** A call knows its GPU by UUID or by index. This adds the other of the two. */
function nameGpu(call: SlowCall, lastSeen: ReadonlyMap<GpuUuid, AnyGpuState>): SlowCall {
  const gpu =
    call.gpu === null
      ? [...lastSeen.values()].find(({ index }) => index === call.gpuIndex)
      : lastSeen.get(call.gpu)
  return {
    ...call,
    gpu: call.gpu ?? gpu?.uuid ?? null,
    gpuIndex: call.gpuIndex ?? gpu?.index ?? null,
  }
}
