// Placement without moves, as W4 needs it: our policies by their scores, and a study's best fit with HAMi's start.
import { rankLayouts } from '../../../build/modules/fleet/layouts/ranking.js'
import {
  bestFitScore,
  fgdScore,
  residualScore,
  worthScore,
} from '../../../build/modules/fleet/policy/policy-scores.js'
import { slotGeometry, tunedWeights } from '../w3-online.js'

export const load = 0.9
export const asStudied = 'best-fit, HAMi start'
export const scores = {
  tuned: (_table, mix) => worthScore(tunedWeights(slotGeometry(), mix, load)),
  residual: residualScore,
  fgd: fgdScore,
  'best-fit': bestFitScore,
}

/** A function that returns the GPU and the place of a request without moves, or null. */
export function createChooser(table, mix, policy) {
  const { next, placeCount, count, freeUnits } = table
  const { profiles } = table.tables
  if (policy === asStudied) {
    const orders = profiles.map(({ profile, placements }) =>
      /^[13]g/.test(profile.name) ? [...placements].reverse() : placements,
    )
    return (layouts, position) => {
      let best = null
      let least = Number.POSITIVE_INFINITY
      for (const [gpu, layout] of layouts.entries()) {
        if (freeUnits[layout] >= least) continue
        const place = orders[position].find(({ number }) => next[layout * placeCount + number] >= 0)
        if (place === undefined) continue
        least = freeUnits[layout]
        best = { gpu, place: place.number }
      }
      return best
    }
  }
  const ranking = rankLayouts(table, scores[policy](table, mix))
  return (layouts, position) => {
    let best = null
    let least = Number.POSITIVE_INFINITY
    for (const [gpu, layout] of layouts.entries()) {
      const rank = ranking.rankOf[position * count + layout]
      if (rank < 0 || rank >= least) continue
      least = rank
      best = { gpu, place: ranking.placeOf[position * count + layout] }
    }
    return best
  }
}
