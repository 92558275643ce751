// W5: GPUs are filled at random until nothing more fits, and a random part of the instances stays. Compaction
// then finds the fewest GPUs and, with these, the fewest moves.
//   node benchmarks/fleet/w5-compaction.js [--gpus 100 --gpus 1000 --gpus 10000] [--seed 1]
import { parseArgs } from 'node:util'
import { compactFleet } from '../../dist/fleet.js'
import { seeded } from '../solver/catalog.js'
import { mixByPosition, mixes, slotGeometry } from './w3-online.js'

/** Figures of a study for its own draw, all proven optimal: GPUs before and after, moves. */
const study = {
  '100 0.5': [79, 35, 52],
  '100 0.8': [90, 43, 58],
  '1000 0.5': [659, 279, 442],
  '1000 0.8': [860, 431, 562],
  '10000 0.5': [6260, 2636, 4102],
  '10000 0.8': [8450, 4223, 5743],
}

export async function measureCompaction({ sizes = [100, 1000, 10_000], seed = 1 } = {}) {
  const rows = []
  for (const size of sizes) {
    for (const kept of [0.5, 0.8]) {
      const gpus = fillAtRandom(size, kept, seed)
      // The first run is not measured, because it also compiles the code. Reading the plan makes it.
      void (await compactFleet({ gpus })).plan
      const start = performance.now()
      const answer = await compactFleet({ gpus })
      void answer.plan
      const milliseconds = performance.now() - start
      const what = `W5 ${size} GPUs, ${kept * 100} % stay`
      const { gpusBefore, lowerBound, plan, proof } = answer
      const [before, after, moves] = study[`${size} ${kept}`] ?? []
      rows.push(
        {
          what: `${what}: GPUs`,
          value: answer.gpus,
          unit: '',
          bound: lowerBound.gpus,
          reference: `of ${gpusBefore}; study, its own draw: ${before} to ${after}`,
        },
        {
          what: `${what}: moves`,
          value: answer.cost,
          unit: '',
          bound: lowerBound.cost,
          reference: `${proof}, ${plan.detours} detours, ${plan.stops} stops; study ${moves}`,
        },
        {
          what: `${what}: time`,
          value: Math.round(milliseconds),
          unit: 'ms',
          ...(size === 10_000 && { bound: 500 }),
          reference: 'with names and the order of the steps',
        },
      )
    }
  }
  return rows
}

/** Puts each request on a random place of a random GPU, until one has no place anywhere. */
export function fillAtRandom(size, kept, seed) {
  const geometry = slotGeometry()
  const random = seeded(seed * 7919 + size)
  const below = (count) => Math.floor(random() * count)
  const mix = mixByPosition(geometry, mixes.migbench)
  const masks = new Int32Array(size)
  const layouts = Array.from({ length: size }, () => [])
  const maskOf = ({ start, size: units }) => ((1 << units) - 1) << start
  for (let request = 0; ; request += 1) {
    let draw = below(100)
    const position = mix.findIndex((share) => {
      draw -= share
      return draw < 0
    })
    const { id, placements } = geometry.profiles[position]
    const free = (gpu) => placements.filter((place) => (masks[gpu] & maskOf(place)) === 0)
    let gpu = below(size)
    for (let tries = 0; tries < 20 && free(gpu).length === 0; tries += 1) gpu = below(size)
    if (free(gpu).length === 0) {
      const open = [...masks.keys()].filter((other) => free(other).length > 0)
      if (open.length === 0) break
      gpu = open[below(open.length)]
    }
    const places = free(gpu)
    const placement = places[below(places.length)]
    masks[gpu] |= maskOf(placement)
    layouts[gpu].push({ id: `${request}`, profileId: id, placement })
  }
  return layouts.map((layout, gpu) => ({
    id: `${gpu}`,
    geometry,
    layout: layout.filter(() => random() < kept),
  }))
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      gpus: { type: 'string', multiple: true, default: ['100', '1000', '10000'] },
      seed: { type: 'string', default: '1' },
    },
  })
  const rows = await measureCompaction({
    sizes: values.gpus.map(Number),
    seed: Number(values.seed),
  })
  for (const { what, value, unit, bound, reference } of rows) {
    console.log(`${what.padEnd(40)} ${value} ${unit}  (bound ${bound}; ${reference})`)
  }
}
