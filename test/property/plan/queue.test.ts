import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createQueue } from '../../../lib/plan/spread/queue.js'

interface Item {
  /** What the queue's own order compares. */
  readonly rank: number
  /** When it came. */
  readonly number: number
}

/** Few costs and ranks, so that many are equal; null takes one out. */
const actions = fc.array(
  fc.option(
    fc.record({ cost: fc.integer({ min: 0, max: 4 }), rank: fc.integer({ min: 0, max: 3 }) }),
    {
      freq: 3,
    },
  ),
  { maxLength: 200 },
)

test('a queue gives the cheapest of what is in it; of equal ones the first in order, then in time', () => {
  fc.assert(
    fc.property(actions, (list) => {
      const queue = createQueue<Item>((a, b) => a.rank - b.rank)
      const inside: { readonly cost: number; readonly item: Item }[] = []
      const expectNext = (): void => {
        // A list that is searched from end to end.
        const best = inside.toSorted(
          (a, b) => a.cost - b.cost || a.item.rank - b.item.rank || a.item.number - b.item.number,
        )[0]
        expect(queue.pop()).toBe(best?.item ?? null)
        if (best !== undefined) inside.splice(inside.indexOf(best), 1)
      }
      for (const [number, action] of list.entries()) {
        if (action === null) {
          expectNext()
          continue
        }
        const entry = { cost: action.cost, item: { rank: action.rank, number } }
        inside.push(entry)
        queue.push(entry.item, entry.cost)
      }
      while (inside.length > 0) expectNext()
      expectNext()
    }),
    { numRuns: 300 },
  )
})
