// W7: a queue for 8 H100. 56 of 500 jobs are there at the start, and the others come one by one. After each
// change, the queue is read in order, and every job that fits begins. This is a sanity check: the policy hardly
// matters where the work is more than the GPUs can do.
//   node benchmarks/fleet/w7-queue.js [--seeds 20]
import { parseArgs } from 'node:util'
import { createRandom } from '../../build/modules/fleet/policy/random.js'
import { createFleet } from '../../build/modules/fleet.js'
import { catalogGeometry } from '../solver/catalog.js'
import { onlineBaselines, slotGpu } from './baselines/online.js'
import { drawKey } from './draw.js'

const gpuCount = 8
const prefilled = 56
const jobCount = 500
const gapSeconds = 15
const startSeconds = 0.35
const weights = { '1g.10gb': 35, '2g.20gb': 25, '3g.40gb': 25, '7g.80gb': 5 }
const geometry = catalogGeometry('h100-80gb-sxm')
const gpu = slotGpu(geometry)
const positionOf = (profile) => gpu.findIndex(({ name }) => name === profile)

/** A study with six policies over 20 seeds of its own: lowest and highest mean. */
const study = {
  makespan: 'a study’s six policies: 18,090–18,203 s, work bound 14,917 s',
  wait: 'a study’s six policies: 2,321–2,387 s',
}

export function measureQueue({ seedCount = 20 } = {}) {
  const queues = Array.from({ length: seedCount }, (_, seed) => drawJobs(seed + 1))
  const mix = gpu.map(({ name }) => weights[name] ?? 0)
  const policies = {
    ...Object.fromEntries(
      ['best-fit', 'residual', 'fgd'].map((policy) => [
        `${policy} (ours)`,
        () => ownPlaces(policy),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(onlineBaselines).map(([name, make]) => [
        name,
        () => baselinePlaces(make(gpu, mix)),
      ]),
    ),
  }
  return Object.entries(policies).flatMap(([policy, make]) => {
    const runs = queues.map((jobs) => run(jobs, make()))
    const mean = (of) => runs.reduce((sum, each) => sum + of(each), 0) / runs.length
    const row = (what, value, unit, reference) => ({
      what: `W7 ${policy}: ${what}`,
      value,
      unit,
      reference,
    })
    const bound = Math.round(mean(({ workBound }) => workBound))
    return [
      row(
        'makespan',
        Math.round(mean((each) => each.makespan)),
        's',
        `${study.makespan}; here ${bound} s`,
      ),
      row('mean wait', Math.round(mean((each) => each.wait)), 's', study.wait),
      row(
        'work bound / makespan',
        Number(mean((each) => each.use).toFixed(3)),
        '',
        'a study’s six policies: 0.82',
      ),
    ]
  })
}

function drawJobs(seed) {
  const random = createRandom(seed)
  const share = () => random.word() / 2 ** 32
  // The method of Box and Muller.
  const normal = () => Math.sqrt(2 * random.exponential()) * Math.cos(2 * Math.PI * share())
  let time = 0
  return Array.from({ length: jobCount }, (_, number) => {
    if (number >= prefilled) time += gapSeconds * random.exponential()
    return {
      position: positionOf(number < prefilled ? '1g.10gb' : drawKey(weights, share)),
      arrival: time,
      seconds: startSeconds + 600 * Math.exp(0.8 * normal()),
    }
  })
}

/** `put` returns what `take` frees again, or null where nothing fits. */
function ownPlaces(policy) {
  const fleet = createFleet({ gpus: [{ id: 'gpu', geometry, count: gpuCount }], policy })
  return {
    put: (position) => {
      const answer = fleet.place({ profile: gpu[position].name })
      return answer.kind === 'placed' ? answer.id : null
    },
    take: (id) => fleet.release(id),
  }
}

function baselinePlaces({ place, score }) {
  const masks = new Uint8Array(gpuCount)
  return {
    put: (position) => {
      let best = null
      for (let number = 0; number < gpuCount; number += 1) {
        const start = place(masks[number], position)
        if (start < 0) continue
        const value = score === null ? 0 : score(masks[number], position)
        if (best === null || value < best.value) best = { value, number, start }
      }
      if (best === null) return null
      const mask = ((1 << gpu[position].size) - 1) << best.start
      masks[best.number] |= mask
      return { number: best.number, mask }
    },
    take: ({ number, mask }) => {
      masks[number] &= ~mask
    },
  }
}

function run(jobs, { put, take }) {
  const queue = []
  const running = []
  let arrived = 0
  let time = 0
  let makespan = 0
  let waited = 0
  const slotSeconds = jobs.reduce((sum, job) => sum + gpu[job.position].size * job.seconds, 0)
  while (arrived < jobs.length || running.length > 0) {
    const arrival = jobs[arrived]?.arrival ?? Number.POSITIVE_INFINITY
    const end = running[0]?.end ?? Number.POSITIVE_INFINITY
    time = Math.min(arrival, end)
    while (running[0]?.end === time) take(running.shift().held)
    while (jobs[arrived]?.arrival === time) queue.push(jobs[arrived++])
    // A job does not fit where another of its size has just not fitted.
    const refused = new Set()
    for (let index = 0; index < queue.length; ) {
      const job = queue[index]
      const held = refused.has(job.position) ? null : put(job.position)
      if (held === null) {
        refused.add(job.position)
        index += 1
        continue
      }
      queue.splice(index, 1)
      waited += time - job.arrival
      const entry = { end: time + job.seconds, held }
      const later = running.findIndex((other) => other.end > entry.end)
      running.splice(later < 0 ? running.length : later, 0, entry)
      makespan = Math.max(makespan, entry.end)
    }
  }
  const slots = gpuCount * 8
  return {
    makespan,
    wait: waited / jobs.length,
    use: slotSeconds / slots / makespan,
    workBound: slotSeconds / slots,
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { seeds: { type: 'string', default: '20' } } })
  for (const { what, value, unit } of measureQueue({ seedCount: Number(values.seeds) })) {
    console.log(`${what.padEnd(48)} ${value} ${unit}`)
  }
}
