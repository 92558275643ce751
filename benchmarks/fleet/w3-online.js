// W3: a loss system with 100 empty GPUs of 8 slots, Poisson arrivals, exponential stays and no moves. It
// measures which part of the requested memory is given. Every policy gets the same arrivals.
//   node benchmarks/fleet/w3-online.js [--arrivals 200000] [--seeds 5] [--work 4000000] [--load 0.9]
import { parseArgs } from 'node:util'
import { layoutTableOf } from '../../build/modules/fleet/layouts/layout-table.js'
import { rankLayouts } from '../../build/modules/fleet/layouts/ranking.js'
import { drawArrivals } from '../../build/modules/fleet/policy/arrival-trace.js'
import {
  bestFitScore,
  fgdScore,
  residualScore,
  worthScore,
} from '../../build/modules/fleet/policy/policy-scores.js'
import { memoryAcceptance, replay } from '../../build/modules/fleet/policy/replay.js'
import { createFleet } from '../../build/modules/fleet.js'
import { compileGeometry } from '../../build/modules/solver/tables/tables.js'
import { catalogGeometry } from '../solver/catalog.js'
import { onlineBaselines, replayBaseline, slotGpu } from './baselines/online.js'

export const gpuCount = 100
const standardWork = 4_000_000

/** Per cent of 1g, 1g with twice the memory, 2g, 3g, 4g, 7g. */
export const mixes = {
  bimodal: [30, 15, 5, 5, 15, 30],
  migbench: [35, 10, 25, 15, 10, 5],
  'skew-big': [5, 10, 10, 20, 25, 30],
  'skew-small': [30, 25, 20, 10, 10, 5],
  uniform: [1, 1, 1, 1, 1, 1],
}

/** The best result of a study over many policies, with one seed of its own and three digits. */
const bestFound = {
  0.9: { bimodal: 0.959, migbench: 0.964, 'skew-big': 0.963, 'skew-small': 0.972, uniform: 0.968 },
  1.1: { bimodal: 0.83, migbench: 0.831, 'skew-big': 0.837, 'skew-small': 0.847, uniform: 0.841 },
}

const order = ['1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']

/** The A100's table without media extensions: 18 places. */
export function slotGeometry() {
  const { profiles } = catalogGeometry('a100-40gb')
  return { profiles: profiles.filter(({ name }) => order.includes(name)) }
}

export function mixByPosition(geometry, mix) {
  return geometry.profiles.map(({ name }) => mix[order.indexOf(name)])
}

export function measureOnline({
  arrivals = 200_000,
  seedCount = 5,
  workUnits = standardWork,
  loads = [0.9, 1.1],
} = {}) {
  const geometry = slotGeometry()
  const table = layoutTableOf(compileGeometry(geometry))
  const gpu = slotGpu(geometry)
  const rows = []
  for (const load of loads) {
    for (const [name, shares] of Object.entries(mixes)) {
      const mix = mixByPosition(geometry, shares)
      const traces = Array.from({ length: seedCount }, (_, index) =>
        drawArrivals(table, { mix, load, gpuCount, requests: arrivals, seed: index + 1 }),
      )
      const report = (policy, run, more = {}) => {
        const values = traces.map((trace) => memoryAcceptance(table, run(trace)) / 1e6)
        rows.push({
          what: `load ${load}, ${name}: ${policy}`,
          ...summary(values),
          unit: 'of the memory asked for',
          ...more,
        })
      }
      for (const [policy, make] of Object.entries(onlineBaselines)) {
        const rules = make(gpu, mix)
        report(policy, (trace) => replayBaseline(gpu, gpuCount, trace, rules))
      }
      const weights = tunedWeights(geometry, mix, load, workUnits)
      const scores = {
        'best-fit (ours)': bestFitScore(table),
        'residual (ours)': residualScore(table),
        'fgd (ours)': fgdScore(table, mix),
        'tuned (ours)': worthScore(weights),
      }
      for (const [policy, score] of Object.entries(scores)) {
        const ranking = rankLayouts(table, score)
        const tuned = policy.startsWith('tuned')
        report(policy, (trace) => replay(table, gpuCount, trace, ranking), {
          ...(tuned ? { atLeast: bestFound[load]?.[name] } : {}),
        })
      }
    }
  }
  return rows
}

/** Tunes as a caller would, once for all seeds. Its own simulations use other seeds, from 7,000 on. */
export function tunedWeights(geometry, mix, load, workUnits = standardWork) {
  const byName = Object.fromEntries(
    geometry.profiles.map(({ name }, position) => [name, mix[position]]),
  )
  const fleet = createFleet({
    gpus: [{ id: 'gpu', geometry, count: gpuCount }],
    policy: 'tuned',
    mix: byName,
  })
  return fleet.tune({ load, workUnits, seed: 7 }).policy.models[0].weights
}

function summary(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    value: Number(mean.toFixed(4)),
    reference: `${values.length} seeds, ${Math.min(...values).toFixed(4)} to ${Math.max(...values).toFixed(4)}`,
    spread: [Math.min(...values), Math.max(...values)].map((value) => Number(value.toFixed(4))),
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      arrivals: { type: 'string', default: '200000' },
      seeds: { type: 'string', default: '5' },
      work: { type: 'string', default: '4000000' },
      load: { type: 'string', multiple: true, default: ['0.9', '1.1'] },
    },
  })
  const rows = measureOnline({
    arrivals: Number(values.arrivals),
    seedCount: Number(values.seeds),
    workUnits: Number(values.work),
    loads: values.load.map(Number),
  })
  for (const { what, value, reference, atLeast } of rows) {
    const held =
      atLeast === undefined ? '' : value >= atLeast ? `at least ${atLeast}` : `UNDER ${atLeast}`
    console.log(`${what.padEnd(52)} ${value.toFixed(4)}  ${reference}  ${held}`)
  }
}
