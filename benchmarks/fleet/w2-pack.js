// W2: requests on empty equal GPUs. In the same run, HiGHS finds the optimum of the pattern program, and first
// fit packs the same requests.
//   node benchmarks/fleet/w2-pack.js [--largest 100000]
import { parseArgs } from 'node:util'
import { packFleet, verifyBound } from '../../dist/fleet.js'
import { catalogGeometry, seeded } from '../solver/catalog.js'
import { decreasing, hamiStart, lowestStart, packFirstFit } from './baselines/offline.js'
import { slotGpu } from './baselines/online.js'
import { drawKey } from './draw.js'
import { solvePatterns } from './pattern-program.js'

/** Per cent of 1g, 1g with twice the memory, 2g, 3g, 4g, 7g. */
const mixes = {
  uniform: [1, 1, 1, 1, 1, 1],
  'skew-small': [30, 25, 20, 10, 10, 5],
  'skew-big': [5, 10, 10, 20, 25, 30],
  bimodal: [30, 15, 5, 5, 15, 30],
  migbench: [35, 10, 25, 15, 10, 5],
}
const names = ['1g.10gb', '1g.20gb', '2g.20gb', '3g.40gb', '4g.40gb', '7g.80gb']

export async function measurePacking({ largest = 100_000 } = {}) {
  const { profiles } = catalogGeometry('a100-80gb')
  const geometry = { profiles: names.map((name) => profiles.find((each) => each.name === name)) }
  const gpu = slotGpu(geometry)
  const rows = []
  for (const count of [500, 5000, 100_000].filter((each) => each <= largest)) {
    for (const [mix, weights] of Object.entries(mixes)) {
      const requests = draw(weights, count, 20_260_101 + count)
      const counts = names.map((_, position) => requests.filter((each) => each === position).length)
      const counted = {
        requests: names.map((profile, position) => ({ profile, count: counts[position] })),
        gpus: [{ id: 'gpu', geometry, count }],
      }
      const named = {
        requests: requests.map((position, index) => ({
          id: `r${index}`,
          profile: names[position],
        })),
        gpus: Array.from({ length: Math.ceil(0.6 * count) }, (_, index) => ({
          id: `gpu${index}`,
          geometry,
        })),
      }
      const { gpus: optimum } = await solvePatterns(
        [{ geometry, count }],
        counts.map((each, position) => ({
          count: each,
          serving: [[geometry.profiles[position].id]],
        })),
      )
      const quick = await fastest(20, () => packFleet(counted, { names: false }))
      const full = await fastest(count > 50_000 ? 7 : 3, () => packFleet(named))
      const check = verifyBound(counted, quick.answer.certificate)
      const isRight =
        quick.answer.objective.gpus === optimum &&
        full.answer.objective.gpus === optimum &&
        quick.answer.gap === 0 &&
        check.valid &&
        full.answer.placements.length === count
      const others = [
        `first fit ${packFirstFit(gpu, requests, lowestStart)}`,
        `decreasing ${packFirstFit(gpu, decreasing(gpu, requests), lowestStart)}`,
        `with HAMi starts ${packFirstFit(gpu, decreasing(gpu, requests), hamiStart)}`,
      ].join(', ')
      const what = `W2 ${mix}, ${count} requests`
      rows.push(
        {
          what: `${what}: GPUs`,
          value: quick.answer.objective.gpus,
          unit: '',
          bound: optimum,
          reference: `optimum ${optimum}; ${others}`,
        },
        { what: `${what}: proven and as HiGHS says`, value: Number(isRight), unit: '', atLeast: 1 },
        { what: `${what}: counted`, value: quick.ms, unit: 'ms', bound: 1 },
        { what: `${what}: named`, value: full.ms, unit: 'ms', bound: 100 },
      )
    }
  }
  return rows
}

function draw(weights, count, seed) {
  const random = seeded(seed)
  return Array.from({ length: count }, () => Number(drawKey(weights, random)))
}

async function fastest(rounds, call) {
  let ms = Number.POSITIVE_INFINITY
  let answer
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now()
    answer = await call()
    ms = Math.min(ms, performance.now() - start)
  }
  return { ms, answer }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { largest: { type: 'string', default: '100000' } } })
  for (const { what, value, unit, reference = '' } of await measurePacking({
    largest: Number(values.largest),
  })) {
    console.log(`${what.padEnd(52)} ${value} ${unit}  ${reference}`)
  }
}
