import type { ClassProgram, Slot } from './class-program.js'
import type { PackedClasses } from './packed-classes.js'

export interface Placing extends Pick<ClassProgram, 'demands' | 'slotsOf'> {
  readonly slots: readonly Pick<Slot, 'cell' | 'position'>[]
}

/** Who gets a place of a slot, in the order in which places are given out: positions in the answer. */
export interface Queue {
  readonly members: Int32Array
  length: number
  served: number
}

/** By slot; `starts` says by entry where its requests stand in the answer, `entryOf` gets the way back. */
export function queueRequests(
  { demands, slots, slotsOf }: Placing,
  { placed }: PackedClasses['assignment'],
  starts: Int32Array,
  entryOf: Int32Array,
): readonly Queue[] {
  const lengths = slots.map(() => 0)
  for (const [demand, each] of placed.entries()) {
    for (const [index, count] of each.entries()) {
      const slot = slotsOf[demand]?.[index] ?? 0
      lengths[slot] = (lengths[slot] ?? 0) + count
    }
  }
  const queues = lengths.map(
    (length): Queue => ({ members: new Int32Array(length), length: 0, served: 0 }),
  )
  for (const [number, { entries }] of demands.entries()) {
    const counts = placed[number] ?? []
    let option = -1
    let left = 0
    let queue: Queue | undefined
    for (const entry of entries) {
      const end = starts[entry + 1] as number
      for (let position = starts[entry] as number; position < end; position += 1) {
        while (left === 0 && option < counts.length) {
          option += 1
          left = counts[option] ?? 0
          queue = queues[slotsOf[number]?.[option] ?? 0]
        }
        if (left === 0 || queue === undefined) break
        left -= 1
        entryOf[position] = entry
        queue.members[queue.length] = position
        queue.length += 1
      }
    }
  }
  return queues
}
