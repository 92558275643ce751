// W11: the fleet of W3, whose requests say when they end. It measures which part of the requested memory is given where
// these ends are exact, three times too late, three times too early, or one of both at random. Beside it stands what a look
// into the true future gives without moves: each place is tried, and the requests that really come are replayed for a while.
// Then come what free moves would have accepted, first come, first served, and the bound of `regret` in hindsight.
//   node benchmarks/fleet/w11-ends.js [--arrivals 40000] [--seeds 5] [--work 4000000] [--load 0.9] [--mix uniform]
import { parseArgs } from 'node:util'
import { acceptWithMoves } from '../../build/modules/fleet/hindsight/accept-with-moves.js'
import { boundTrace } from '../../build/modules/fleet/hindsight/hindsight-bound.js'
import { listRules } from '../../build/modules/fleet/hindsight/packing-rules.js'
import { createGpuBuckets } from '../../build/modules/fleet/layouts/gpu-buckets.js'
import { layoutTableOf } from '../../build/modules/fleet/layouts/layout-table.js'
import { rankLayouts } from '../../build/modules/fleet/layouts/ranking.js'
import { worthScore } from '../../build/modules/fleet/policy/policy-scores.js'
import { createRandom } from '../../build/modules/fleet/policy/random.js'
import { createFleet } from '../../build/modules/fleet.js'
import { compileGeometry } from '../../build/modules/solver/tables/tables.js'
import { gpuCount, mixByPosition, mixes, slotGeometry, tunedWeights } from './w3-online.js'

const geometry = slotGeometry()
const tables = compileGeometry(geometry)
const table = layoutTableOf(tables)
const unitsOf = tables.profiles.map(({ unitCount }) => unitCount)

/** What the requests say: a factor of their real stay, or nothing. */
const beliefs = {
  'no ends': null,
  'exact ends': () => 1,
  'ends three times too late': () => 3,
  'ends three times too early': () => 1 / 3,
  'either at random': (random) => (random.below(2) === 0 ? 3 : 1 / 3),
}

export async function measureEnds({
  arrivals = 40_000,
  seedCount = 5,
  workUnits = 4_000_000,
  load = 0.9,
  names = Object.keys(mixes),
  future = true,
} = {}) {
  const rows = []
  const unlimited = { spend: () => true }
  for (const name of names) {
    const mix = mixByPosition(geometry, mixes[name])
    const traces = Array.from({ length: seedCount }, (_, seed) =>
      drawStays(mix, load, arrivals, seed + 1),
    )
    const weights = [...tunedWeights(geometry, mix, load, workUnits)]
    const tuned = {
      kind: 'tuned',
      models: [{ profiles: geometry.profiles.map((profile) => profile.name), weights }],
    }
    const mixOf = Object.fromEntries(
      geometry.profiles.map((profile, position) => [profile.name, mix[position]]),
    )
    const report = async (policy, run, more = {}) => {
      const values = []
      for (const trace of traces) values.push(await run(trace))
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      rows.push({
        what: `load ${load}, ${name}: ${policy}`,
        value: Number(mean.toFixed(4)),
        unit: 'of the memory asked for',
        reference: `${values.length} seeds, ${Math.min(...values).toFixed(4)} to ${Math.max(...values).toFixed(4)}`,
        ...more,
      })
      return mean
    }
    for (const policy of ['best-fit', 'fgd'])
      await report(policy, (trace) => replayFleet(trace, { policy, mix: mixOf }, null))
    const means = {}
    for (const [belief, factor] of Object.entries(beliefs))
      means[belief] = await report(`tuned, ${belief}`, (trace) =>
        replayFleet(trace, { policy: tuned, mix: mixOf }, factor),
      )
    if (future) await report('the true future, no moves', (trace) => replayFuture(trace, weights))
    await report('free moves, first come, first served', async (trace) => {
      const looked = lookBack(trace)
      return (await acceptWithMoves(looked, listRules(looked), unlimited)) / askedOf(trace)
    })
    await report('bound: free moves, any choice', (trace) => {
      const looked = lookBack(trace)
      return boundTrace(looked, listRules(looked), unlimited).bound / askedOf(trace)
    })
  }
  return rows
}

/** Poisson arrivals and exponential stays, with their times, in mean stays. */
function drawStays(mix, load, arrivals, seed) {
  const random = createRandom(seed)
  const total = mix.reduce((sum, weight) => sum + weight, 0)
  const units = mix.reduce((sum, weight, position) => sum + weight * unitsOf[position], 0)
  const rate = (total * load * tables.memoryUnits * gpuCount) / units
  let time = 0
  return Array.from({ length: arrivals }, () => {
    time += random.exponential() / rate
    let draw = random.below(total)
    let position = 0
    while (draw >= mix[position]) draw -= mix[position++]
    return { position, time, end: time + random.exponential() }
  })
}

/** The trace as `regret` sees it. The first tenth of the requests counts nothing, but takes room. */
function lookBack(trace) {
  const times = trace.map(({ time }) => time)
  const kinds = geometry.profiles.map(({ id }, position) => ({
    options: new Map([[tables, [position]]]),
    worth: unitsOf[position],
    asked: { profile: id },
  }))
  const last = (end) => {
    let low = 0
    let high = times.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (times[middle] < end) low = middle + 1
      else high = middle
    }
    return low - 1
  }
  return {
    kinds: [...kinds, ...kinds.map((kind) => ({ ...kind, worth: 0 }))],
    stays: trace.map(({ position, end }, index) => ({
      kind: position + (index < trace.length / 10 ? kinds.length : 0),
      first: index,
      last: last(end),
      accepted: false,
      fixed: false,
    })),
    arrivals: trace.length,
    gpus: [{ from: 0, counts: new Map([[tables, gpuCount]]) }],
  }
}

function askedOf(trace) {
  return trace.reduce(
    (sum, { position }, index) => sum + (index < trace.length / 10 ? 0 : unitsOf[position]),
    0,
  )
}

/** Through the fleet itself, as a scheduler uses it. */
function replayFleet(trace, options, factor) {
  const random = createRandom(99)
  let now = 0
  const fleet = createFleet({
    gpus: [{ id: 'gpu', geometry, count: gpuCount }],
    clock: () => now,
    ...options,
  })
  return replay(trace, {
    take: ({ position, time, end }, index) => {
      now = time
      const answer = fleet.place({
        id: `${index}`,
        profile: geometry.profiles[position].name,
        ...(factor !== null && { expectedEnd: time + (end - time) * factor(random) }),
      })
      return answer.kind === 'placed'
    },
    leave: (index, time) => {
      now = time
      fleet.release(`${index}`)
    },
  })
}

/** Calls `take` and `leave` in the order of time. The first tenth of the requests does not count. */
function replay(trace, { take, leave }) {
  const leaving = trace.map((_, index) => index).sort((a, b) => trace[a].end - trace[b].end)
  const held = new Uint8Array(trace.length)
  let asked = 0
  let given = 0
  let next = 0
  for (const [index, request] of trace.entries()) {
    for (; trace[leaving[next]].end <= request.time; next += 1)
      if (held[leaving[next]] === 1) leave(leaving[next], trace[leaving[next]].end)
    const taken = take(request, index)
    if (taken) held[index] = 1
    if (index < trace.length / 10) continue
    asked += unitsOf[request.position]
    if (taken) given += unitsOf[request.position]
  }
  return given / asked
}

/** How many requests to come each trial replays: some two thirds of a mean stay. */
const lookAhead = 120
/** Trials of GPUs with one layout: their instances end at different times. */
const mostOfLayout = 3

/** Each request goes where the fewest of the requests that really come are lost. They are placed by the policy. */
function replayFuture(trace, weights) {
  const { count, placeCount, next, previous } = table
  const ranking = rankLayouts(table, worthScore(weights))
  const buckets = createGpuBuckets(table, gpuCount, ranking)
  const gpuAt = new Int32Array(trace.length).fill(-1)
  const placeAt = new Int32Array(trace.length)
  const put = (index, gpu, place) => {
    gpuAt[index] = gpu
    placeAt[index] = place
    buckets.setLayout(gpu, next[buckets.layoutOf[gpu] * placeCount + place])
  }
  const remove = (index) => {
    const gpu = gpuAt[index]
    buckets.setLayout(gpu, previous[buckets.layoutOf[gpu] * placeCount + placeAt[index]])
    gpuAt[index] = -1
  }
  const byPolicy = (index) => {
    const { position } = trace[index]
    const layout = buckets.best(position)
    if (layout < 0) return false
    put(index, buckets.firstGpu(layout, 0), ranking.placeOf[position * count + layout])
    return true
  }
  const order = trace.map((_, index) => index).sort((a, b) => trace[a].end - trace[b].end)
  const rankByEnd = new Int32Array(trace.length)
  for (const [rank, index] of order.entries()) rankByEnd[index] = rank
  let firstLeaving = 0
  /** The memory that is lost among the next requests, if the fleet goes on by its policy. All is put back. */
  const lostAhead = (from) => {
    const undo = []
    let lost = 0
    let leaving = firstLeaving
    for (let index = from; index < Math.min(trace.length, from + lookAhead); index += 1) {
      for (; trace[order[leaving]].end <= trace[index].time; leaving += 1) {
        const out = order[leaving]
        if (gpuAt[out] < 0) continue
        undo.push([out, gpuAt[out], placeAt[out]])
        remove(out)
      }
      if (byPolicy(index)) undo.push([index, -1, 0])
      else lost += unitsOf[trace[index].position]
    }
    for (const [index, gpu, place] of undo.reverse()) {
      if (gpu < 0) remove(index)
      else put(index, gpu, place)
    }
    return lost
  }
  return replay(trace, {
    leave: (index) => {
      remove(index)
      firstLeaving = rankByEnd[index]
    },
    take: ({ position }, index) => {
      let best = null
      let layout = buckets.best(position)
      for (; layout >= 0; layout = buckets.nextBest(position, layout)) {
        let gpu = buckets.firstGpu(layout, 0)
        for (let tried = 0; gpu >= 0 && tried < mostOfLayout; tried += 1) {
          for (const { number: place } of tables.profiles[position].placements) {
            if (next[layout * placeCount + place] < 0) continue
            put(index, gpu, place)
            const lost = lostAhead(index + 1)
            remove(index)
            if (best === null || lost < best.lost) best = { gpu, place, lost }
          }
          gpu = buckets.firstGpu(layout, gpu + 1)
        }
        if (best?.lost === 0) break
      }
      if (best === null) return false
      put(index, best.gpu, best.place)
      return true
    },
  })
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      arrivals: { type: 'string', default: '40000' },
      seeds: { type: 'string', default: '5' },
      work: { type: 'string', default: '4000000' },
      load: { type: 'string', default: '0.9' },
      mix: { type: 'string', multiple: true, default: Object.keys(mixes) },
      future: { type: 'string', default: 'yes' },
    },
  })
  const rows = await measureEnds({
    arrivals: Number(values.arrivals),
    seedCount: Number(values.seeds),
    workUnits: Number(values.work),
    load: Number(values.load),
    names: values.mix,
    future: values.future === 'yes',
  })
  for (const { what, value, reference } of rows)
    console.log(`${what.padEnd(56)} ${value.toFixed(4)}  ${reference}`)
}
