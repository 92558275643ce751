import type { CompiledGeometry } from './compile-geometry.js'
import { engineKinds } from './engine-kinds.js'

/** Whether these instances need more compute slices or engines than the GPU has. */
export function exceedsGpu(geometry: CompiledGeometry, counts: readonly number[]): boolean {
  let slices = 0
  for (const { position, profile } of geometry.profiles) {
    slices += (counts[position] ?? 0) * profile.sliceCount
  }
  if (slices > geometry.computeSlices) return true
  return engineKinds.some((kind) => {
    let sum = 0
    for (const { position, profile } of geometry.profiles) {
      sum += (counts[position] ?? 0) * profile.engines[kind]
    }
    return sum > geometry.engines[kind]
  })
}
