import { nvmlReturn } from '../nvml-codes.js'
import { enqueueChange } from './change-queue.js'
import type { DriverSession } from './driver-session.js'
import type { NativeSession } from './native-session.js'
import { unwrap } from './outcome.js'

export type SessionChanges = Pick<
  DriverSession,
  | 'setMigMode'
  | 'createGpuInstance'
  | 'destroyGpuInstance'
  | 'createComputeInstance'
  | 'destroyComputeInstance'
>

/** The changing calls of a session, one at a time for each GPU. */
export function createChanges({ run }: NativeSession): SessionChanges {
  return {
    async setMigMode(gpu, enabled, { signal } = {}) {
      const set = () =>
        run((addon, session) => addon.deviceSetMigMode(session, gpu, enabled ? 1 : 0))
      return { activation: unwrap(await enqueueChange(gpu, set, signal), { gpu }) }
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
  }
}
