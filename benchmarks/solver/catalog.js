// GPUs of the catalog as geometries, and random numbers that are the same in every run.
import { readFileSync } from 'node:fs'

export function seeded(seed) {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const catalog = JSON.parse(
  readFileSync(new URL('../../catalog/mig-gpus.json', import.meta.url), 'utf8'),
)

/** A new object each time: nothing is remembered of it. */
export function catalogGeometry(key) {
  const gpu = catalog.gpus.find((each) => each.key === key)
  return {
    profiles: gpu.gpuInstanceProfiles.map((profile) => ({
      id: profile.id,
      index: profile.enumIndex,
      name: profile.name,
      sliceCount: profile.sliceCount,
      instanceCount: profile.instanceCount,
      multiprocessorCount: profile.multiprocessorCount,
      engines: {
        copy: profile.copyEngineCount,
        decoder: profile.decoderCount,
        encoder: profile.encoderCount,
        jpeg: profile.jpegCount,
        ofa: profile.ofaCount,
      },
      memoryMiB: profile.memorySizeMB,
      placements: profile.placements,
      computeInstanceProfiles: profile.computeInstanceProfiles?.map((compute) => ({
        id: compute.id,
        index: compute.enumIndex,
        name: compute.name,
        sliceCount: compute.sliceCount,
        instanceCount: compute.instanceCount,
        multiprocessorCount: compute.multiprocessorCount,
        placements: compute.placements,
      })),
    })),
  }
}
