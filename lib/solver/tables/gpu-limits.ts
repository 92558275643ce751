import { engineKinds } from './engine-kinds.js'
import type { Tables } from './table-types.js'

/** Whether these instances need more compute slices or engines than the GPU has. */
export function exceedsGpu(tables: Tables, counts: readonly number[]): boolean {
  let slices = 0
  for (const { position, profile } of tables.profiles) {
    slices += (counts[position] ?? 0) * profile.sliceCount
  }
  if (slices > tables.computeSlices) return true
  return engineKinds.some((kind) => {
    let sum = 0
    for (const { position, profile } of tables.profiles) {
      sum += (counts[position] ?? 0) * profile.engines[kind]
    }
    return sum > tables.engines[kind]
  })
}
