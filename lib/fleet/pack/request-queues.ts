import { numberAt } from '../../model/numbers.js'
import { countPlaced, type DemandAssignment } from './assign-demands.js'
import type { ServedDemands } from './pool-profiles.js'

/** The requests that get instances of one profile, in this order, as positions in the answer. */
export interface Queue {
  readonly members: Int32Array
  length: number
  served: number
}

/**
 * The queues by position in `poolProfiles`. `starts`: by entry, where its requests begin in the answer.
 * `entryOf` receives the entry of each position in the answer.
 */
export function queueRequests(
  served: ServedDemands,
  assignment: Pick<DemandAssignment, 'placed'>,
  starts: Int32Array,
  entryOf: Int32Array,
): readonly Queue[] {
  const { demands, profilesOf } = served
  const { placed } = assignment
  const queues = countPlaced(served, assignment).map(
    (length): Queue => ({ members: new Int32Array(length), length: 0, served: 0 }),
  )
  for (const [number, { entries }] of demands.entries()) {
    const counts = placed[number] ?? []
    let option = -1
    let left = 0
    let queue: Queue | undefined
    for (const entry of entries) {
      const end = numberAt(starts, entry + 1)
      for (let position = numberAt(starts, entry); position < end; position += 1) {
        while (left === 0 && option < counts.length) {
          option += 1
          left = counts[option] ?? 0
          queue = queues[profilesOf[number]?.[option] ?? 0]
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
