// W12: how late answers are. Each function gets a limit that is too short for its problem, several times over, and says
// when it answers. Clock and limit are the processor's time for this process, so that other programs on the machine do not
// count; with `--clock wall` they do. With `--first`, each call is the first of its process, with all its code to load.
//   node benchmarks/fleet/w12-limits.js [--limit 300 --limit 1000] [--runs 5] [--solver own] [--clock wall] [--first]
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { compactFleet, createFleet, drainGpus, makeRoom, packFleet } from '../../dist/fleet.js'
import { seeded } from '../solver/catalog.js'
import { slotGeometry } from './w3-online.js'
import { fillAtRandom } from './w5-compaction.js'

const model = 'A100-SXM4-40GB'
const profiles = ['1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb']

/** Requests that each may go to four nodes. */
function withNodes(requests, nodes, random) {
  const below = (count) => Math.floor(random() * count)
  return {
    requests: Array.from({ length: requests }, () => ({
      profile: profiles[below(5)],
      where: { nodes: [0, 1, 2, 3].map(() => `n${below(nodes)}`) },
    })),
    gpus: Array.from({ length: 2 * nodes }, (_, gpu) => ({
      id: `g${gpu}`,
      node: `n${gpu >> 1}`,
      model,
    })),
  }
}

/** Requests of many labels, one of each on a node. */
function withRules(requests, labels, gpus, random) {
  return {
    requests: Array.from({ length: requests }, (_, number) => ({
      profile: profiles[Math.floor(random() * 5)],
      labels: [`l${number % labels}`],
      spread: [{ label: `l${number % labels}`, maxPerNode: 1 }],
    })),
    gpus: Array.from({ length: gpus }, (_, gpu) => ({
      id: `g${gpu}`,
      node: `n${gpu >> 3}`,
      model,
    })),
  }
}

function withLabels(requests, gpus, random) {
  return {
    requests: Array.from({ length: requests }, (_, number) => ({
      profile: profiles[Math.floor(random() * 5)],
      labels: [`l${number % 40}`],
      spread: [{ label: `l${number % 40}`, maxPerGpu: 1 }],
    })),
    gpus: [{ id: 'g', model, count: gpus }],
  }
}

/** A fleet in use, each of whose requests may be on four GPUs. */
function inUse(size, kept, random) {
  const gpus = fillAtRandom(size, kept, 1)
  const names = new Map(slotGeometry().profiles.map(({ id, name }) => [id, name]))
  const requests = gpus.flatMap(({ id: own, layout }) =>
    layout.map(({ id, profileId }) => ({
      id,
      profile: names.get(profileId),
      where: { gpus: [own, ...[0, 1, 2].map(() => `${Math.floor(random() * size)}`)] },
    })),
  )
  return { gpus, requests }
}

/** Each starts a call with a limit. */
function listCalls(solver) {
  const random = seeded(12)
  const nodes = withNodes(2000, 250, random)
  const spread = withLabels(1500, 1000, random)
  const plain = { gpus: fillAtRandom(2000, 0.6, 1) }
  const own = inUse(100, 0.6, random)
  const full = inUse(100, 1, random)
  const values = Array.from({ length: 1000 }, (_, number) => ({
    profile: profiles[number % 5],
    value: 1 + Math.floor(random() * 1e6),
  }))
  const gpus = [{ id: 'g', model, count: 150 }]
  const large = inUse(2500, 0.6, random)
  const largeFull = inUse(2500, 1, random)
  const asked = {
    requests: largeFull.requests,
    gpus: largeFull.gpus.map(({ id }) => ({ id, model })),
  }
  const ruled = withRules(6000, 300, 2000, random)
  const drained = plain.gpus.slice(0, 100).map(({ id }) => id)
  return {
    'packFleet, 2,000 requests with nodes of their own, 500 GPUs': (deadlineMs) =>
      packFleet(nodes, { deadlineMs, solver }),
    'packFleet, 1,500 spread requests, 1,000 GPUs': (deadlineMs) =>
      packFleet(spread, { deadlineMs, solver }),
    'packFleet, 6,000 requests of 300 labels, one of each on a node, 2,000 GPUs': (deadlineMs) =>
      packFleet(ruled, { deadlineMs, solver }),
    'packFleet, 1,000 values, 150 GPUs': (deadlineMs) =>
      packFleet({ requests: values, gpus }, { deadlineMs, solver }),
    'compactFleet, 2,000 GPUs': (deadlineMs) => compactFleet(plain, { deadlineMs, solver }),
    'compactFleet, GPUs of its own for each request, 100 GPUs': (deadlineMs) =>
      compactFleet(own, { deadlineMs, solver }),
    'drainGpus, 100 of 2,000 GPUs': (deadlineMs) =>
      drainGpus(plain, { gpus: drained }, { deadlineMs, solver }),
    'makeRoom, GPUs of its own for each request, 100 GPUs': (deadlineMs) =>
      makeRoom(full, { profile: '7g.40gb' }, { deadlineMs, certify: true }),
    'packFleet, 5,900 requests with GPUs of their own, 2,500 GPUs': (deadlineMs) =>
      packFleet(asked, { deadlineMs, solver }),
    'compactFleet, GPUs of its own for each request, 2,500 GPUs': (deadlineMs) =>
      compactFleet(large, { deadlineMs, solver }),
    'drainGpus, GPUs of its own for each request, 250 of 2,500 GPUs': (deadlineMs) =>
      drainGpus(
        large,
        { gpus: large.gpus.slice(0, 250).map(({ id }) => id) },
        { deadlineMs, solver },
      ),
    'makeRoom, GPUs of its own for each request, 2,500 GPUs': (deadlineMs) =>
      makeRoom(largeFull, { profile: '7g.40gb' }, { deadlineMs, certify: true }),
    'tune, 100 GPUs': (deadlineMs) =>
      createFleet({ gpus: [{ id: 'g', model, count: 100 }], policy: 'tuned' }).tune({ deadlineMs }),
    'makeRoom, live, a running fleet of 2,000 GPUs': (deadlineMs) =>
      makeRoom(createFleet(plain), { profile: '7g.40gb' }, { deadlineMs, live: true }),
  }
}

/** What the processor has done for this process, in milliseconds. */
function processorMs() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function timeCall(call, limit) {
  const start = performance.now()
  await call(limit)
  return performance.now() - start
}

async function measureLimits({ limits, runs, solver, clock, first }) {
  const rows = []
  for (const [what, call] of Object.entries(listCalls(solver))) {
    for (const limit of limits) {
      const times = []
      for (let run = 0; run < runs; run += 1) {
        const options = ['--only', what, '--limit', limit, '--solver', solver, '--clock', clock]
        const child = [import.meta.filename, ...options.map(String)]
        times.push(
          first
            ? Number(spawnSync(process.execPath, child, { encoding: 'utf8' }).stdout)
            : await timeCall(call, limit),
        )
      }
      rows.push({
        what: `${what}: limit of ${limit} ms`,
        value: Math.round(times.sort((a, b) => a - b)[runs >> 1]),
        unit: 'ms',
        bound: 1.1 * limit + 50,
        reference: `the slowest of ${runs}: ${Math.round(times.at(-1))}`,
      })
    }
  }
  return rows
}

const { values } = parseArgs({
  options: {
    limit: { type: 'string', multiple: true, default: ['300', '1000'] },
    runs: { type: 'string', default: '5' },
    solver: { type: 'string', default: 'own' },
    clock: { type: 'string', default: 'processor' },
    first: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
// The searches look at this clock, too.
if (values.clock === 'processor') performance.now = processorMs
const limits = values.limit.map(Number)
if (values.only !== undefined) {
  console.log(await timeCall(listCalls(values.solver)[values.only], limits[0]))
} else {
  const rows = await measureLimits({ ...values, limits, runs: Number(values.runs) })
  for (const { what, value, bound, reference } of rows) {
    console.log(`${what.padEnd(75)} ${value} ms  (at most ${Math.round(bound)}; ${reference})`)
  }
}
