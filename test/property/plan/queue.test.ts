import { expect, test } from 'vitest'
import { createQueue } from '../../../lib/plan/spread/queue.js'
import fc from '../../support/property.js'

interface Item {
  /** Compared by the queue's own order. */
  readonly rank: number
  /** The order of arrival. */
  readonly number: number
}

/** Few costs and ranks, so that many are equal. Null takes an item out. */
const actions = fc.array(
  fc.option(
    fc.record({ cost: fc.integer({ min: 0, max: 4 }), rank: fc.integer({ min: 0, max: 3 }) }),
    {
      freq: 3,
    },
  ),
  { maxLength: 200 },
)

test('a queue returns the cheapest item; ties go to the order, then to the first arrival', () => {
  fc.assert(
    fc.property(actions, (list) => {
      const queue = createQueue<Item>((a, b) => a.rank - b.rank)
      const inside: { readonly cost: number; readonly item: Item }[] = []
      const expectNext = (): void => {
        // The oracle sorts the whole list.
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
