import { expect, test } from 'vitest'
import { seeded } from '../../support/random.js'
import {
  type Ask,
  bestChoice,
  canHold,
  drawAsks,
  fleets,
  naiveGpus,
  replayAsks,
  thereAt,
  worthOf,
} from './regret-oracle.js'

test.each(fleets)(
  'on $what, regret reports what free moves would have accepted, and a bound that no choice of the requests exceeds',
  async ({ gpus, kinds }) => {
    const random = seeded(21)
    let better = 0
    for (let trial = 0; trial < 25; trial += 1) {
      const asks = drawAsks({ kinds }, random)
      const { fleet, accepted } = replayAsks(gpus, asks)
      const { memoryUnits, requests } = await fleet.regret()
      expect(requests).toEqual({ asked: 7, accepted: accepted.length, assumedStays: 0 })

      const naive = naiveGpus(gpus)
      const best = bestChoice(gpus, asks)
      const worth = (chosen: readonly Ask[]): number => worthOf(chosen, gpus)
      const moved: Ask[] = []
      for (const ask of asks) {
        if (canHold(naive, [...thereAt(moved, ask.comes), ask])) moved.push(ask)
      }
      expect(memoryUnits.asked).toBe(worth(asks))
      expect(memoryUnits.accepted).toBe(worth(accepted))
      expect(memoryUnits.withMoves).toBe(worth(moved))
      expect(memoryUnits.bound).toBeGreaterThanOrEqual(best)
      expect(memoryUnits.bound).toBeLessThanOrEqual(worth(asks))
      if (memoryUnits.bound < worth(asks)) better += 1
    }
    // The bound is more than the sum of all requests.
    expect(better).toBeGreaterThan(5)
  },
)
