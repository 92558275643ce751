import type { PolicyTrial } from '../../../types/fleet/online.js'
import { numberAt } from '../../model/numbers.js'
import type { LayoutTable } from '../layouts/layout-table.js'
import { partitionsByLayout, type Ranking, rankLayouts } from '../layouts/ranking.js'
import { OutOfTime } from '../model/out-of-time.js'
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
  /** Both are called again and again, and throw `OutOfTime` once it is late. `watchFirst` leaves time for trials. */
  readonly watchFirst: () => void
  readonly watch: () => void
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

interface Judged {
  /** Null: best-fit, for comparison. */
  readonly candidate: Candidate | null
  /** Shares in millionths, summed up over the traces. */
  readonly value: number
}

/**
 * Builds several candidate policies and compares them on longer and longer traces. The finalists are
 * compared on held-out traces, and the best is returned. Where time is up, it is the best of those that were compared last. Null:
 * there was no time to compare any.
 */
export function tuneWeights(problem: TuneProblem): TunedWeights | null {
  const { table, gpuCount, workUnits, seed, watch } = problem
  const length = Math.max(2000, Math.floor(workUnits / 40))
  const draw = (number: number, lengths: number, by = watch): ArrivalTrace =>
    drawArrivals(
      table,
      {
        ...problem,
        requests: Math.ceil(lengths * length),
        seed: seed * 1000 + number,
      },
      by,
    )
  const trial = (traces: readonly ArrivalTrace[], ranking: Ranking): number =>
    traces.reduce(
      (sum, trace) =>
        sum + memoryAcceptance(table, replay(table, gpuCount, trace, ranking, { watch })),
      0,
    )
  const rank = ({ weights }: Candidate): Ranking => rankLayouts(table, worthScore(weights))
  const isolated: Candidate[] = []
  const shared: Candidate[] = []
  inTime(() => {
    const drawRound = (round: number): ArrivalTrace => draw(100 + round, 0.5, problem.watchFirst)
    // Those that win most often come first, in case there is no time for all.
    for (const candidate of sharedCandidates(problem, drawRound)) shared.push(candidate)
    for (const candidate of isolatedCandidates(problem)) isolated.push(candidate)
  })
  const candidates = [...simpleCandidates(problem), ...isolated, ...shared]

  const traceLists: readonly (() => readonly ArrivalTrace[])[] = [
    () => [draw(4, 0.25)],
    () => [draw(1, 1)],
    () => [draw(2, 2), draw(3, 2)],
  ]
  const bestFit = rankLayouts(table, bestFitScore(table))
  // The last list that is complete, or as much as there is of the first one.
  let judged: readonly Judged[] = []
  let judgedOn = 1
  for (const [number, drawTraces] of traceLists.entries()) {
    const list: Judged[] = []
    let traceCount = 1
    const isLast = number === traceLists.length - 1
    const isWhole = inTime(() => {
      const traces = drawTraces()
      const judge = (candidate: Candidate | null): void => {
        const value = trial(traces, candidate === null ? bestFit : rank(candidate))
        list.push({ candidate, value })
        traceCount = traces.length
      }
      const before = judged.map(({ candidate }) => candidate)
      for (const candidate of number === 0 ? candidates : before) judge(candidate)
      if (isLast) judge(null)
    })
    if (isWhole || number === 0) {
      judged = list.sort((one, other) => other.value - one.value)
      judgedOn = traceCount
      if (isWhole && !isLast) judged = judged.slice(0, finalists[number])
    }
    if (!isWhole) break
  }
  const best = judged.find(({ candidate }) => candidate !== null)
  if (best === undefined || best.candidate === null) return null
  const trials = judged.map(({ candidate, value }) => ({
    policy: candidate?.name ?? 'best-fit',
    acceptance: Math.round(value / judgedOn),
  }))
  return { weights: best.candidate.weights, trials }
}

/** So many are compared further after each list of traces. */
const finalists = [8, 3]

/** False: time was up before the end. */
function inTime(run: () => void): boolean {
  try {
    run()
    return true
  } catch (error) {
    if (error instanceof OutOfTime) return false
    throw error
  }
}

function simpleCandidates({ table, mix }: TuneProblem): readonly Candidate[] {
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
  ]
}

function* isolatedCandidates({ table, mix, watchFirst }: TuneProblem): Generator<Candidate> {
  for (const pressure of [0.8, 1.3, 2, 3, 5]) {
    const worth = isolatedWorth(table, mix, pressure, watchFirst)
    yield { name: `isolated-${pressure}`, weights: toWeights(worth, 1000) }
    const byState = meanByState(table, worth)
    yield { name: `isolated-state-${pressure}`, weights: toWeights(byState, 1000) }
  }
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
function* sharedCandidates(
  problem: TuneProblem,
  draw: (round: number) => ArrivalTrace,
): Generator<Candidate> {
  const { table, mix, workUnits, watchFirst } = problem
  const rounds = Math.floor(workUnits / requestsPerRound)
  const last = Math.min(mostRounds, Math.max(fewestRounds, rounds))
  const sum = new Float64Array(table.count)
  let worth = isolatedWorth(table, mix, sharedFrom, watchFirst)
  for (let round = 1; round <= last; round += 1) {
    worth = improveShared({ ...problem, watch: watchFirst }, worth, draw(round))
    yield { name: `shared-${round}`, weights: toWeights(worth, 1000) }
    if (2 * round <= last) continue
    for (let layout = 0; layout < sum.length; layout += 1) {
      sum[layout] = numberAt(sum, layout) + numberAt(worth, layout)
    }
  }
  const scale = 1000 / Math.ceil(last / 2)
  yield { name: 'shared-mean', weights: toWeights(sum, scale) }
}

function toWeights(worth: Float64Array, scale: number): Int32Array {
  return Int32Array.from(worth, (value) => Math.round(Math.max(-1e9, Math.min(1e9, value * scale))))
}
