// W9: 22,000 requests by need on 10,000 GPUs of six models: the fewest GPUs, compared with HiGHS on the same
// pattern program.
//   node benchmarks/fleet/w9-mixed.js [--scale 1] [--seeds 3]
import { parseArgs } from 'node:util'
import { packFleet, verifyBound } from '../../dist/fleet.js'
import { catalogGeometry, seeded } from '../solver/catalog.js'
import { drawKey } from './draw.js'
import { solvePatterns } from './pattern-program.js'

/** Number of GPUs, GB in one memory slot. */
const fleet = {
  'a30-24gb': [600, 6],
  'a100-40gb': [2000, 5],
  'a100-80gb': [3000, 10],
  'h100-80gb-sxm': [2400, 10],
  'h200-141gb-sxm': [1500, 18],
  'b200-180gb': [500, 23],
}
const memory = { 4: 0.25, 8: 0.2, 16: 0.2, 24: 0.12, 38: 0.12, 70: 0.08, 120: 0.03 }
const slices = { 1: 0.45, 2: 0.25, 3: 0.15, 4: 0.1, 7: 0.05 }

export async function measureMixed({ scale = 1, seedCount = 3 } = {}) {
  const rows = []
  for (let seed = 1; seed <= seedCount; seed += 1) {
    const problem = drawProblem(scale, seed)
    await packFleet(problem, { names: false, solver: 'own' })
    const start = performance.now()
    const counted = await packFleet(problem, { names: false, solver: 'own' })
    const counting = performance.now()
    const packing = await packFleet(problem)
    const naming = performance.now()
    const { gpus, ms, columns } = await solvePatterns(
      problem.gpus.map(({ geometry, count }) => ({ geometry, count })),
      problem.requests.map(({ count, need }) => ({
        count,
        serving: problem.gpus.map(({ geometry }) =>
          geometry.profiles
            .filter((each) => each.memoryMiB >= need.memoryMiB)
            .filter((each) => each.sliceCount >= need.computeSlices)
            .map(({ id }) => id),
        ),
      })),
    )
    const checked = verifyBound(problem, counted.certificate)
    const isProven =
      counted.gap === 0 &&
      checked.valid &&
      checked.lowerBound.gpus === gpus &&
      counted.objective.unplacedValue === 0
    const what = `W9 mixed fleet x ${scale}, seed ${seed}`
    rows.push(
      {
        what: `${what}: GPUs`,
        value: packing.objective.gpus,
        unit: '',
        bound: gpus,
        reference: `HiGHS ${gpus} in ${ms.toFixed(0)} ms, ${columns} columns`,
      },
      { what: `${what}: optimum proven by prices`, value: Number(isProven), unit: '', atLeast: 1 },
      { what: `${what}: counted`, value: counting - start, unit: 'ms', bound: 3000 },
      { what: `${what}: named`, value: naming - counting, unit: 'ms', bound: 3000 },
    )
  }
  return rows
}

function drawProblem(scale, seed) {
  const random = seeded(seed)
  const pick = (weights) => Number(drawKey(weights, random))
  const counts = new Map()
  for (let index = 0; index < 22_000 * scale; index += 1) {
    const key = `${pick(memory)},${pick(slices)}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return {
    requests: [...counts].map(([key, count]) => {
      const [gigabytes, computeSlices] = key.split(',').map(Number)
      return { need: { memoryMiB: gigabytes * 1024, computeSlices }, count }
    }),
    gpus: Object.entries(fleet).map(([key, [count, perSlot]]) => ({
      id: key,
      count: Math.round(count * scale),
      geometry: {
        profiles: catalogGeometry(key)
          .profiles.filter(({ name }) => !name.includes('+'))
          .map((each) => ({ ...each, memoryMiB: each.placements[0].size * perSlot * 1024 })),
      },
    })),
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { scale: { type: 'string', default: '1' }, seeds: { type: 'string', default: '3' } },
  })
  for (const { what, value, unit, reference = '' } of await measureMixed({
    scale: Number(values.scale),
    seedCount: Number(values.seeds),
  })) {
    console.log(`${what.padEnd(52)} ${value} ${unit}  ${reference}`)
  }
}
