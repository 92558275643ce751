// W4: the loss system of W3 at load 0.9, where others may move for a blocked request: at most 1, at most 2, or
// any number of moves. It measures memory-weighted acceptance and moves per 100 arrivals. A better policy blocks
// fewer requests and needs fewer moves, so this measures `tuned`.
//   node benchmarks/fleet/w4-moves.js [--arrivals 12000] [--seeds 5] [--policy tuned] [--mix uniform]
import { parseArgs } from 'node:util'
import { layoutTableOf } from '../../build/modules/fleet/layouts/layout-table.js'
import { drawArrivals } from '../../build/modules/fleet/policy/arrival-trace.js'
import { makeRoom } from '../../build/modules/fleet.js'
import { compileGeometry } from '../../build/modules/solver/tables/tables.js'
import { asStudied, createChooser, load, scores } from './baselines/choosers.js'
import { gpuCount, mixByPosition, mixes, slotGeometry } from './w3-online.js'

/** Figures of a study with one seed, best-fit and HAMi's start: acceptance, moves per 100 arrivals. */
const study = {
  uniform: { 0: [0.958, 0], 1: [0.976, 2.1], 2: [0.984, 4.0], any: [0.988, 5.4] },
  migbench: { 0: [0.961, 0], 1: [0.978, 2.0], 2: [0.983, 3.5], any: [0.992, 7.6] },
  'skew-big': { 0: [0.941, 0], 1: [0.963, 3.3], 2: [0.976, 6.3], any: [0.978, 8.0] },
}
const caps = [0, 1, 2, 'any']

export function measureMoves({
  arrivals = 12_000,
  seedCount = 5,
  policies = ['tuned'],
  only = Object.keys(study),
} = {}) {
  const geometry = slotGeometry()
  const table = layoutTableOf(compileGeometry(geometry))
  const rows = []
  for (const name of only) {
    const mix = mixByPosition(geometry, mixes[name])
    for (const policy of policies) {
      const choose = createChooser(table, mix, policy)
      for (const cap of caps) {
        const runs = Array.from({ length: seedCount }, (_, seed) =>
          simulate({ geometry, table, mix, choose, arrivals, cap, seed: seed + 1 }),
        )
        const mean = (of) => runs.reduce((sum, run) => sum + of(run), 0) / runs.length
        const times = runs.flatMap((run) => run.times).sort((a, b) => a - b)
        const [acceptance, moves] = study[name]?.[cap] ?? [0, 0]
        const what = `W4 ${name}, ${policy}, ${cap} moves`
        rows.push({
          what: `${what}: acceptance`,
          value: Number(mean((run) => run.given / run.asked).toFixed(4)),
          unit: 'of memory',
          ...(cap !== 0 && policy !== asStudied && { atLeast: acceptance }),
          reference: `${seedCount} seeds${range(runs, ({ given, asked }) => given / asked, 4)}; study ${acceptance}; unknown ${mean((run) => run.unknown)}, stops ${mean((run) => run.stops)} of ${mean((run) => run.moves)} moves`,
        })
        if (cap === 0) continue
        rows.push({
          what: `${what}: moves per 100 arrivals`,
          value: Number(mean((run) => (100 * run.moves) / run.counted).toFixed(2)),
          unit: '',
          ...(policy !== asStudied && { bound: moves }),
          reference: `${seedCount} seeds${range(runs, (run) => (100 * run.moves) / run.counted, 2)}; study ${moves}`,
        })
        rows.push({
          what: `${what}: one makeRoom, median`,
          value: Math.round(times[times.length >> 1] ?? 0),
          unit: 'µs',
          reference: `p99 ${Math.round(times[Math.floor(times.length * 0.99)] ?? 0)} µs, reading 100 GPUs included`,
        })
      }
    }
  }
  return rows
}

function range(runs, of, digits) {
  const values = runs.map(of)
  return `, ${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`
}

function simulate({ geometry, table, mix, choose, arrivals, cap, seed }) {
  const { next, previous, placeCount } = table
  const { profiles, places } = table.tables
  const { positions, events } = drawArrivals(table, {
    mix,
    load,
    gpuCount,
    requests: arrivals,
    seed,
  })
  const layouts = new Int32Array(gpuCount)
  const held = Array.from({ length: gpuCount }, () => new Map())
  const gpuOf = new Map()
  const placeNumber = (profileId, { start }) =>
    places.find(
      (each) =>
        profiles[each.profilePosition].profile.id === profileId && each.placement.start === start,
    ).number
  const put = (request, gpu, place) => {
    layouts[gpu] = next[layouts[gpu] * placeCount + place]
    if (layouts[gpu] < 0) throw new Error('a plan that is not legal')
    held[gpu].set(request, place)
    gpuOf.set(request, gpu)
  }
  const take = (request) => {
    const gpu = gpuOf.get(request)
    if (gpu === undefined) return
    layouts[gpu] = previous[layouts[gpu] * placeCount + held[gpu].get(request)]
    held[gpu].delete(request)
    gpuOf.delete(request)
  }
  const snapshot = () =>
    held.map((on, gpu) => ({
      id: `${gpu}`,
      geometry,
      layout: Array.from(on, ([request, place]) => ({
        id: `${request}`,
        profileId: profiles[places[place].profilePosition].profile.id,
        placement: places[place].placement,
      })),
    }))
  const result = { asked: 0, given: 0, moves: 0, counted: 0, unknown: 0, stops: 0, times: [] }
  const options = cap === 'any' ? {} : { maxMoves: cap }
  for (const event of events) {
    if (event < 0) {
      take(~event)
      continue
    }
    const position = positions[event]
    const size = profiles[position].unitCount
    const isCounted = event >= arrivals / 5
    if (isCounted) {
      result.asked += size
      result.counted += 1
    }
    let chosen = choose(layouts, position)
    if (chosen === null && cap !== 0) {
      const request = { id: `${event}`, profile: profiles[position].profile.name }
      const gpus = snapshot()
      const start = process.hrtime.bigint()
      const answer = makeRoom({ gpus }, request, options)
      result.times.push(Number(process.hrtime.bigint() - start) / 1000)
      if (answer.kind === 'unknown') result.unknown += Number(isCounted)
      if (answer.kind === 'room') {
        const { moves, stops } = answer.plan
        for (const move of moves) take(Number(move.request))
        for (const { request: id, to } of moves) {
          put(Number(id), Number(to.gpu), placeNumber(to.profileId, to.placement))
        }
        const place = placeNumber(answer.profileId, answer.placement)
        chosen = { gpu: Number(answer.gpu), place }
        if (isCounted) {
          result.moves += moves.length
          result.stops += stops
        }
      }
    }
    if (chosen === null) continue
    put(event, chosen.gpu, chosen.place)
    if (isCounted) result.given += size
  }
  return result
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      arrivals: { type: 'string', default: '12000' },
      seeds: { type: 'string', default: '5' },
      policy: { type: 'string', multiple: true, default: [asStudied, ...Object.keys(scores)] },
      mix: { type: 'string', multiple: true, default: Object.keys(study) },
    },
  })
  const rows = measureMoves({
    arrivals: Number(values.arrivals),
    seedCount: Number(values.seeds),
    policies: values.policy,
    only: values.mix,
  })
  for (const { what, value, unit, reference } of rows) {
    console.log(`${what.padEnd(64)} ${value} ${unit}  (${reference})`)
  }
}
