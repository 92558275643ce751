import type { GpuGroup } from '../model/grouped-problem.js'
import type { PartitionSteps } from './gpu-loads.js'

/** By partition: the part of a GPU that it takes, of memory or of compute, whichever is more. */
export function fractionsOf(
  { model: { tables } }: GpuGroup,
  { more, width }: PartitionSteps,
): Float64Array {
  const { profiles, memoryUnits } = tables
  const slices = Math.max(1, ...profiles.map(({ profile }) => profile.sliceCount))
  const count = more.length / width
  const units = new Int32Array(count).fill(-1)
  const compute = new Int32Array(count)
  units[0] = 0
  const waiting = [0]
  for (let partition = waiting.pop(); partition !== undefined; partition = waiting.pop()) {
    for (let position = 0; position < width; position += 1) {
      const after = more[partition * width + position] as number
      if (after < 0 || (units[after] as number) >= 0) continue
      units[after] = (units[partition] as number) + (profiles[position]?.unitCount ?? memoryUnits)
      compute[after] =
        (compute[partition] as number) + (profiles[position]?.profile.sliceCount ?? slices)
      waiting.push(after)
    }
  }
  return Float64Array.from(units, (each, partition) =>
    Math.min(1, Math.max(each / memoryUnits, (compute[partition] as number) / slices)),
  )
}
