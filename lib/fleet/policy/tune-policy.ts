import type { PolicyTrial } from '../../../types/fleet/online.js'
import { numberAt } from '../../model/numbers.js'
import type { LayoutTable } from '../layouts/layout-table.js'
import { partitionsByLayout, type Ranking, rankLayouts } from '../layouts/ranking.js'
import { type ArrivalTrace, drawArrivals } from './arrival-trace.js'
import { isolatedWorth, meanByState } from './isolated-worth.js'
import { bestFitScore, unusableMemory, worthScore } from './policy-scores.js'
import { memoryAcceptance, replay } from './replay.js'
import { improveShared } from './shared-worth.js'

export interface TuneProblem {
  readonly table: LayoutTable
  /** The share of each profile in the demand, in whole numbers by position. */
  readonly mix: readonly number[]
  readonly load: number
  readonly gpuCount: number
  /** Requests to simulate in all. */
  readonly workUnits: number
  readonly seed: number
}

export interface TunedWeights {
  /** Thousandths of a memory unit, by layout. */
  readonly weights: Int32Array
  readonly trials: readonly PolicyTrial[]
}

interface Candidate {
  readonly name: string
  readonly weights: Int32Array
}

/**
 * Builds several candidate policies and compares them on longer and longer traces. The finalists are
 * compared on held-out traces, and the best is returned.
 */
export function tuneWeights(problem: TuneProblem): TunedWeights {
  const { table, gpuCount, workUnits, seed } = problem
  const length = Math.max(2000, Math.floor(workUnits / 40))
  const draw = (number: number, lengths: number): ArrivalTrace =>
    drawArrivals(table, {
      ...problem,
      requests: Math.ceil(lengths * length),
      seed: seed * 1000 + number,
    })
  const trial = (traces: readonly ArrivalTrace[], ranking: Ranking): number =>
    traces.reduce(
      (sum, trace) => sum + memoryAcceptance(table, replay(table, gpuCount, trace, ranking)),
      0,
    )
  const rank = ({ weights }: Candidate): Ranking => rankLayouts(table, worthScore(weights))
  const keep = (from: readonly Candidate[], traces: readonly ArrivalTrace[]) =>
    from
      .map((candidate) => ({ candidate, value: trial(traces, rank(candidate)) }))
      .sort((a, b) => b.value - a.value)

  const candidates = [
    ...analyticCandidates(problem),
    ...sharedCandidates(problem, (round) => draw(100 + round, 0.5)),
  ]
  const first = keep(candidates, [draw(4, 0.25)]).slice(0, 8)
  const second = keep(
    first.map(({ candidate }) => candidate),
    [draw(1, 1)],
  ).slice(0, 3)
  const heldOut = [draw(2, 2), draw(3, 2)]
  const judged = keep(
    second.map(({ candidate }) => candidate),
    heldOut,
  )
  const bestFit = rankLayouts(table, bestFitScore(table))
  const trials = [
    ...judged.map(({ candidate: { name }, value }) => ({ policy: name, value })),
    { policy: 'best-fit', value: trial(heldOut, bestFit) },
  ].map(({ policy, value }) => ({ policy, acceptance: Math.round(value / heldOut.length) }))
  return {
    weights: judged[0]?.candidate.weights ?? new Int32Array(table.count),
    trials: trials.sort((a, b) => b.acceptance - a.acceptance),
  }
}

function analyticCandidates({ table, mix }: TuneProblem): readonly Candidate[] {
  const total = mix.reduce((sum, weight) => sum + weight, 0)
  const unusable = unusableMemory(table, mix)
  const partitions = partitionsByLayout(table)
  const scale = 1e4 / Math.max(1, numberAt(partitions, 0))
  return [
    {
      name: 'residual',
      weights: toWeights(
        Float64Array.from(partitions, (count) => count * scale),
        1,
      ),
    },
    {
      name: 'fgd',
      weights: toWeights(
        unusable.map((units) => -units / total),
        1000,
      ),
    },
    ...[0.8, 1.3, 2, 3, 5].flatMap((pressure) => {
      const worth = isolatedWorth(table, mix, pressure)
      return [
        { name: `isolated-${pressure}`, weights: toWeights(worth, 1000) },
        { name: `isolated-state-${pressure}`, weights: toWeights(meanByState(table, worth), 1000) },
      ]
    }),
  ]
}

/** The pressure for the worth from which the first round starts. */
const sharedFrom = 2
const fewestRounds = 4
const mostRounds = 24
const requestsPerRound = 160_000

/**
 * Rounds towards the worth to a fleet, starting from the worth to one GPU alone. Not each round is better,
 * so each one is a candidate, and so is the mean of the later ones.
 */
function sharedCandidates(
  problem: TuneProblem,
  draw: (round: number) => ArrivalTrace,
): readonly Candidate[] {
  const { table, mix, workUnits } = problem
  const rounds = Math.floor(workUnits / requestsPerRound)
  const last = Math.min(mostRounds, Math.max(fewestRounds, rounds))
  const candidates: Candidate[] = []
  const sum = new Float64Array(table.count)
  let worth = isolatedWorth(table, mix, sharedFrom)
  for (let round = 1; round <= last; round += 1) {
    worth = improveShared(problem, worth, draw(round))
    candidates.push({ name: `shared-${round}`, weights: toWeights(worth, 1000) })
    if (2 * round <= last) continue
    for (let layout = 0; layout < sum.length; layout += 1) {
      sum[layout] = numberAt(sum, layout) + numberAt(worth, layout)
    }
  }
  const scale = 1000 / Math.ceil(last / 2)
  return [...candidates, { name: 'shared-mean', weights: toWeights(sum, scale) }]
}

function toWeights(worth: Float64Array, scale: number): Int32Array {
  return Int32Array.from(worth, (value) => Math.round(Math.max(-1e9, Math.min(1e9, value * scale))))
}
