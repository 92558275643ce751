import { type DriverSession, openSession } from '../../lib/driver/session.js'
import { isNvmlError } from '../../lib/errors.js'
import type { LibraryRef } from '../../types/machine/options.js'
import type { GpuState } from '../../types/model/state.js'
import fc from './property.js'

/** A try at one changing call; which one it becomes depends on what is there. */
export interface Attempt {
  readonly action: 'create' | 'create-anywhere' | 'destroy' | 'split' | 'unsplit'
  readonly pick: number
  readonly slot: number
}

export const attempts: fc.Arbitrary<Attempt[]> = fc.array(
  fc.record({
    action: fc.constantFrom(
      ...(['create', 'create', 'create-anywhere', 'destroy', 'split', 'split', 'unsplit'] as const),
    ),
    pick: fc.nat(1000),
    slot: fc.nat(1000),
  }),
  { minLength: 0, maxLength: 24 },
)

/**
 * Brings a GPU into some layout that a driver really lets a client reach: bare GPU instances, gaps
 * and compute instances in odd places included. What the driver refuses is passed over.
 */
export async function scramble(
  library: LibraryRef,
  gpuIndex: number,
  list: readonly Attempt[],
): Promise<void> {
  const session = await openSession({ library })
  try {
    for (const attempt of list) {
      const gpu = (await session.readListedState()).gpus[gpuIndex]
      if (gpu === undefined) throw new Error(`no GPU ${gpuIndex}`)
      await tryOne(session, gpu, attempt).catch((error: unknown) => {
        if (!isNvmlError(error)) throw error
      })
    }
  } finally {
    await session.close()
  }
}

async function tryOne(session: DriverSession, gpu: GpuState, { action, pick, slot }: Attempt) {
  const profiles = gpu.geometry?.profiles ?? []
  const profile = profiles[pick % Math.max(1, profiles.length)]
  const instance = gpu.gpuInstances[pick % Math.max(1, gpu.gpuInstances.length)]
  switch (action) {
    case 'create':
    case 'create-anywhere': {
      if (profile === undefined) return
      const placement = profile.placements[slot % profile.placements.length] ?? null
      await session.createGpuInstance(gpu.uuid, profile.id, action === 'create' ? placement : null)
      return
    }
    case 'destroy': {
      if (instance === undefined) return
      for (const part of instance.computeInstances)
        await session.destroyComputeInstance(gpu.uuid, instance.id, part.id)
      await session.destroyGpuInstance(gpu.uuid, instance.id)
      return
    }
    case 'split': {
      if (instance === undefined) return
      const sizes = await session.readComputeInstanceProfiles(
        gpu.uuid,
        instance.id,
        instance.profileId,
      )
      const size = sizes[slot % Math.max(1, sizes.length)]
      if (size !== undefined)
        await session.createComputeInstance(gpu.uuid, instance.id, size.id, null)
      return
    }
    case 'unsplit': {
      const part = instance?.computeInstances[slot % Math.max(1, instance.computeInstances.length)]
      if (instance !== undefined && part !== undefined)
        await session.destroyComputeInstance(gpu.uuid, instance.id, part.id)
    }
  }
}
