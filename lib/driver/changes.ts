import type { GpuUuid } from '../../types/model/state.js'
import { nvmlReturn } from '../nvml-codes.js'
import type { NativeAddon } from './addon/addon.js'
import { unwrap } from './addon/outcome.js'
import { enqueueChange } from './connection/change-queue.js'
import type { Connection } from './connection/connection.js'
import { noteOwnChange } from './connection/stale-devices.js'
import type { DriverSession } from './driver-session.js'

export type SessionChanges = Pick<
  DriverSession,
  | 'setMigMode'
  | 'createGpuInstance'
  | 'destroyGpuInstance'
  | 'createComputeInstance'
  | 'destroyComputeInstance'
>

type NativeCall<T> = (addon: NativeAddon, session: number) => Promise<T>

/** The changing calls of a session, one at a time for each machine. */
export function createChanges({ run, machine, watchCall }: Connection): SessionChanges {
  function change<T>(
    fn: string,
    gpu: GpuUuid,
    signal: AbortSignal | undefined,
    call: NativeCall<T>,
  ): Promise<T> {
    return enqueueChange(
      { machine, call: { fn, gpu, gpuIndex: null }, run: () => begin(gpu, call) },
      { signal, watchWait: (wait, describe) => void watchCall(wait, describe) },
    )
  }

  function begin<T>(gpu: GpuUuid, call: NativeCall<T>): Promise<T> {
    noteOwnChange(machine, gpu)
    return run(call)
  }

  return {
    async setMigMode(gpu, enabled, { signal } = {}) {
      const set = await change('nvmlDeviceSetMigMode', gpu, signal, (addon, session) =>
        addon.deviceSetMigMode(session, gpu, enabled ? 1 : 0),
      )
      return { activation: unwrap(set, { gpu }) }
    },

    async createGpuInstance(gpu, profileId, placement, { signal } = {}) {
      const outcome =
        placement === null
          ? await change('nvmlDeviceCreateGpuInstance', gpu, signal, (addon, session) =>
              addon.deviceCreateGpuInstance(session, gpu, profileId),
            )
          : await change(
              'nvmlDeviceCreateGpuInstanceWithPlacement',
              gpu,
              signal,
              (addon, session) =>
                addon.deviceCreateGpuInstanceWithPlacement(session, gpu, profileId, placement),
            )
      const created = unwrap(outcome, { gpu })
      return { id: created.id, placement: created.placement }
    },

    async destroyGpuInstance(gpu, gpuInstance, { signal } = {}) {
      const destroyed = await change('nvmlGpuInstanceDestroy', gpu, signal, (addon, session) =>
        addon.gpuInstanceDestroy(session, gpu, gpuInstance),
      )
      unwrap(destroyed, { gpu, gpuInstance })
    },

    async createComputeInstance(gpu, gpuInstance, profileId, placement, { signal } = {}) {
      const fn = 'nvmlGpuInstanceCreateComputeInstance'
      const outcome = await change(fn, gpu, signal, async (addon, session) => {
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
      const created = unwrap(outcome, { gpu, gpuInstance })
      return { id: created.id, placement: created.placement }
    },

    async destroyComputeInstance(gpu, gpuInstance, computeInstance, { signal } = {}) {
      const destroyed = await change('nvmlComputeInstanceDestroy', gpu, signal, (addon, session) =>
        addon.computeInstanceDestroy(session, gpu, gpuInstance, computeInstance),
      )
      unwrap(destroyed, { gpu, gpuInstance, computeInstance })
    },
  }
}
