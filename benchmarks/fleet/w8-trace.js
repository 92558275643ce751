// W8: tasks of a real cluster on A100-80GB. Three questions: which part of a fleet they fill when they ask for
// 100 and 130 % of it, first come, first served, and never leave; how many are placed when they leave as they
// did; and how few GPUs would have held all of them. Without a path, a sample is drawn with the trace's shape.
//   node benchmarks/fleet/w8-trace.js [PATH of openb_pod_list_default.csv]
import { basename } from 'node:path'
import { createFleet, packFleet } from '../../dist/fleet.js'
import { catalogGeometry } from '../solver/catalog.js'
import { drawTrace, profileFor, readTrace } from './gpu-trace.js'

const profiles = { 1: '1g.10gb', 2: '2g.20gb', 3: '3g.40gb', 4: '4g.40gb', 7: '7g.80gb' }
const slots = { '1g.10gb': 1, '2g.20gb': 2, '3g.40gb': 4, '4g.40gb': 4, '7g.80gb': 8 }
const policies = ['best-fit', 'residual', 'fgd']

export async function measureTrace({ path = process.env.MIG_NVML_GPU_TRACE } = {}) {
  const tasks = path === undefined ? drawTrace(1500, 1) : readTrace(path)
  const source = path === undefined ? 'a drawn sample; give a path for the trace' : basename(path)
  const requests = tasks.map((task) => ({
    profile: profileFor(task, profiles),
    count: task.gpuCount,
    start: task.start,
    end: task.end,
  }))
  const asked = requests.map(({ profile, count }) => slots[profile] * count)
  const total = asked.reduce((sum, each) => sum + each, 0)
  const geometry = catalogGeometry('a100-80gb')
  const rows = []
  for (const demand of [1, 1.3]) {
    const count = Math.ceil(total / 8 / demand)
    for (const policy of policies) {
      const fleet = createFleet({ gpus: [{ id: 'gpu', geometry, count }], policy })
      let given = 0
      for (const [index, { profile, count: each }] of requests.entries()) {
        if (fleet.place({ profile, count: each }).kind === 'placed') given += asked[index]
      }
      rows.push({
        what: `W8 ${demand * 100} % demand, ${policy}: allocated`,
        value: Number(((100 * given) / (8 * count)).toFixed(2)),
        unit: '%',
        reference: `${requests.length} tasks, ${count} GPUs; ${source}`,
      })
    }
  }
  for (const policy of policies) rows.push(replay(requests, asked, geometry, policy))
  const packing = await packFleet(
    {
      requests: requests.map(({ profile, count }) => ({ profile, count })),
      gpus: [{ id: 'gpu', geometry, count: total }],
    },
    { names: false },
  )
  rows.push({
    what: 'W8 all tasks at once: GPUs',
    value: packing.objective.gpus,
    unit: '',
    bound: packing.lowerBound.gpus,
    reference: `gap ${packing.gap}, ${packing.proof}`,
  })
  return rows
}

/** With the times of the trace, on half of the GPUs that its busiest moment would fill. */
function replay(requests, asked, geometry, policy) {
  const events = requests
    .flatMap(({ start, end }, task) => [
      { at: start, task, leaves: false },
      { at: Math.max(end, start), task, leaves: true },
    ])
    .sort((a, b) => a.at - b.at || Number(b.leaves) - Number(a.leaves))
  let now = 0
  let most = 0
  for (const { task, leaves } of events) {
    now += leaves ? -asked[task] : asked[task]
    most = Math.max(most, now)
  }
  const count = Math.ceil(most / 16)
  const fleet = createFleet({ gpus: [{ id: 'gpu', geometry, count }], policy })
  const held = new Map()
  let given = 0
  for (const { task, leaves } of events) {
    if (leaves) {
      if (held.has(task)) fleet.release(held.get(task))
      held.delete(task)
      continue
    }
    const { profile, count: each } = requests[task]
    const answer = fleet.place({ profile, count: each })
    if (answer.kind !== 'placed') continue
    given += asked[task]
    // A task without a stay leaves before it comes.
    if (requests[task].end > requests[task].start) held.set(task, answer.id)
    else fleet.release(answer.id)
  }
  return {
    what: `W8 with its own stays, ${policy}: accepted`,
    value: Number(((100 * given) / asked.reduce((sum, each) => sum + each, 0)).toFixed(2)),
    unit: '%',
    reference: `${count} GPUs`,
  }
}

if (process.argv[1] === import.meta.filename) {
  for (const { what, value, unit, reference = '' } of await measureTrace({
    path: process.argv[2],
  })) {
    console.log(`${what.padEnd(46)} ${value} ${unit}  ${reference}`)
  }
}
