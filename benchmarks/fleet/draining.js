// Draining: a fleet is filled at random, a part of the instances stays, and then everything leaves some GPUs.
// Compared with a scheduler that only places: it takes one instance after the other to the best fit elsewhere.
//   node benchmarks/fleet/draining.js [--gpus 10000] [--seed 1]
import { parseArgs } from 'node:util'
import { createFleet, drainGpus } from '../../dist/fleet.js'
import { fillAtRandom } from './w5-compaction.js'

export async function measureDraining({ size = 10_000, seed = 1 } = {}) {
  const rows = []
  for (const kept of [0.8, 1]) {
    const gpus = fillAtRandom(size, kept, seed)
    for (const count of [size / 1000, size / 100]) {
      const drained = gpus.slice(0, count).map(({ id }) => id)
      // The first run is not measured, as with compacting.
      await drainGpus({ gpus }, { gpus: drained })
      const start = performance.now()
      const answer = await drainGpus({ gpus }, { gpus: drained })
      const milliseconds = performance.now() - start
      const { left, lowerBound, plan, proof } = answer
      const held = gpus.slice(0, count).reduce((sum, { layout }) => sum + layout.length, 0)
      const placed = placeOneByOne(gpus, count)
      const what = `drain ${count} of ${size} GPUs, ${kept * 100} % stay`
      rows.push(
        {
          what: `${what}: left`,
          value: left.length,
          unit: '',
          bound: lowerBound.left,
          reference: `of ${held}; ${held - placed} where nothing else moves`,
        },
        {
          what: `${what}: moves`,
          value: answer.cost,
          unit: '',
          bound: lowerBound.cost,
          reference: `${proof}, ${plan.detours} detours, ${plan.stops} stops`,
        },
        { what: `${what}: time`, value: Math.round(milliseconds), unit: 'ms' },
      )
    }
  }
  return rows
}

/** How many of the instances on the first GPUs fit on the others without moves. */
function placeOneByOne(gpus, count) {
  const others = createFleet({ gpus: gpus.slice(count), policy: 'best-fit' })
  const going = gpus
    .slice(0, count)
    .flatMap(({ layout }) => layout)
    .sort((a, b) => b.placement.size - a.placement.size)
  return going.filter(({ profileId }) => others.place({ profile: profileId }).kind === 'placed')
    .length
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { gpus: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
  })
  const rows = await measureDraining({ size: Number(values.gpus), seed: Number(values.seed) })
  for (const { what, value, unit, bound = '-', reference = '' } of rows) {
    console.log(`${what.padEnd(50)} ${value} ${unit}  (bound ${bound}; ${reference})`)
  }
}
