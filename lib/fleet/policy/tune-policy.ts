import type { PolicyTrial } from '../../../types/fleet-online.js'
import { at } from '../online/bit-set.js'
import type { LayoutTable } from '../online/layout-table.js'
import { type ArrivalTrace, drawArrivals } from './arrival-trace.js'
import { isolatedWorth, meanByState } from './isolated-worth.js'
import { learnWorth } from './learned-worth.js'
import { bestFitScore, fgdScore, unusableMemory, worthScore } from './policy-scores.js'
import { createRandom } from './random.js'
import { type Ranking, rankLayouts, roomByLayout } from './ranking.js'
import { memoryAcceptance, replay } from './replay.js'

export interface TuneProblem {
  readonly table: LayoutTable
  /** How often each profile is asked for, whole numbers by position. */
  readonly mix: readonly number[]
  readonly load: number
  readonly gpuCount: number
  /** Requests to simulate, over all. */
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
 * Several ways to make a policy, then changes of the best that make it better on one set of requests; the
 * one that wins on another set is taken.
 */
export function tuneWeights(problem: TuneProblem): TunedWeights {
  const { table, gpuCount, workUnits, seed } = problem
  const length = Math.max(2000, Math.floor(workUnits / 40))
  const draw = (number: number, requests: number): ArrivalTrace =>
    drawArrivals(table, { ...problem, requests, seed: seed * 1000 + number })
  const trial = (traces: readonly ArrivalTrace[], ranking: Ranking): number =>
    traces.reduce(
      (sum, trace) => sum + memoryAcceptance(table, replay(table, gpuCount, trace, ranking)),
      0,
    )
  const rank = ({ weights }: Candidate): Ranking => rankLayouts(table, worthScore(weights))

  const training = [draw(1, length)]
  const candidates = [
    ...analyticCandidates(problem),
    ...learnedCandidates(problem, (round) => draw(100 + round, Math.ceil(length / 2))),
  ]
  const first = [draw(4, Math.ceil(length / 4))]
  const scored = best(candidates, (candidate) => trial(first, rank(candidate)))
    .slice(0, 8)
    .map(({ candidate }) => ({ candidate, value: trial(training, rank(candidate)) }))
    .sort((a, b) => b.value - a.value)
  const spent = (candidates.length / 4 + 8 + learningRounds) * length
  const refined = scored
    .slice(0, 1)
    .map(({ candidate, value }) =>
      refine(
        problem,
        candidate,
        value,
        Math.max(0, Math.floor((0.8 * workUnits - spent) / length)),
        (weights) => trial(training, rankLayouts(table, worthScore(weights))),
      ),
    )

  const heldOut = [draw(2, 2 * length), draw(3, 2 * length)]
  const finalists = [...refined, ...scored.slice(0, 3).map(({ candidate }) => candidate)]
  const judged = best(finalists, (candidate) => trial(heldOut, rank(candidate)))
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

function best(
  candidates: readonly Candidate[],
  trial: (candidate: Candidate) => number,
): readonly { readonly candidate: Candidate; readonly value: number }[] {
  return candidates
    .map((candidate) => ({ candidate, value: trial(candidate) }))
    .sort((a, b) => b.value - a.value)
}

function analyticCandidates({ table, mix }: TuneProblem): readonly Candidate[] {
  const total = mix.reduce((sum, weight) => sum + weight, 0)
  const unusable = unusableMemory(table, mix)
  const rooms = roomByLayout(table)
  const scale = 1e4 / Math.max(1, at(rooms, 0))
  return [
    {
      name: 'residual',
      weights: toWeights(
        Float64Array.from(rooms, (room) => room * scale),
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

const learningRounds = 10

/** Each round learns from what the mean of those before does; one alone overshoots. */
function learnedCandidates(
  { table, mix, gpuCount }: TuneProblem,
  draw: (round: number) => ArrivalTrace,
): readonly Candidate[] {
  const sum = new Float64Array(table.count)
  const candidates: Candidate[] = []
  let ranking = rankLayouts(table, fgdScore(table, mix))
  for (let round = 1; round <= learningRounds; round += 1) {
    const worth = learnWorth(table, gpuCount, draw(round), ranking)
    for (let layout = 0; layout < sum.length; layout += 1) {
      sum[layout] = at(sum, layout) + at(worth, layout)
    }
    const weights = toWeights(sum, 1000 / round)
    ranking = rankLayouts(table, worthScore(weights))
    if (round > 3) candidates.push({ name: `learned-${round}`, weights })
  }
  return candidates
}

/** Changes what a few residual classes are worth, and keeps what is better. */
function refine(
  { table, seed }: TuneProblem,
  { name, weights: start }: Candidate,
  startValue: number,
  rounds: number,
  trial: (weights: Int32Array) => number,
): Candidate {
  const { tables, states } = table
  const classCount = tables.residuals?.classes.length ?? 1
  const classOf = states.map((state) => tables.residuals?.classOf[state] ?? 0)
  const random = createRandom(seed)
  const range = Math.max(...start) - Math.min(...start)
  const widest = Math.max(20, Math.floor(range / 12))
  let weights = start
  let best = startValue
  let width = widest
  for (let round = 0; round < rounds; round += 1) {
    const change = new Int32Array(classCount)
    const changes = 1 + random.below(4)
    for (let index = 0; index < changes; index += 1) {
      change[random.below(classCount)] = random.below(2 * width + 1) - width
    }
    const changed = weights.map((weight, layout) => weight + at(change, at(classOf, layout)))
    const value = trial(changed)
    if (value > best) {
      best = value
      weights = changed
      width = Math.ceil(width * 1.1)
    } else {
      width = width * 10 < widest ? widest : Math.ceil(width * 0.985)
    }
  }
  return { name: `${name}-refined`, weights }
}

function toWeights(worth: Float64Array, scale: number): Int32Array {
  return Int32Array.from(worth, (value) => Math.round(Math.max(-1e9, Math.min(1e9, value * scale))))
}
