// W4 on 10,000 GPUs: makeRoom on a fleet that createFleet returned, and on a list of its GPUs. Requests come and
// go at load 1.05. For each blocked request makeRoom is called, and the request is admitted if there is room.
//   node benchmarks/fleet/w4-large.js [--gpus 10000] [--blocked 100]
import { parseArgs } from 'node:util'
import { createFleet, makeRoom } from '../../dist/fleet.js'
import { catalogGeometry, seeded } from '../solver/catalog.js'
import { drawKey } from './draw.js'

/** The mix of migbench, in per cent. */
const mix = {
  '1g.10gb': 35,
  '1g.20gb': 10,
  '2g.20gb': 25,
  '3g.40gb': 15,
  '4g.40gb': 10,
  '7g.80gb': 5,
}
const load = 1.05
/** Number of runs. The fastest counts, because the first one after a pause is slow. */
const rounds = 3

export function measureLargeRoom({ gpuCount = 10_000, blocked = 100 } = {}) {
  const geometry = catalogGeometry('a100-80gb')
  const unitsOf = (name) => geometry.profiles.find((each) => each.name === name).placements[0].size
  const total = Object.values(mix).reduce((sum, weight) => sum + weight, 0)
  const meanUnits =
    Object.entries(mix).reduce((sum, [name, weight]) => sum + weight * unitsOf(name), 0) / total
  const rate = (load * 8 * gpuCount) / meanUnits
  const fleet = createFleet({ gpus: [{ id: 'gpu', geometry, count: gpuCount }], mix })
  const random = seeded(11)
  const there = []
  const times = new Map()
  let asked = 0
  for (let step = 0; asked < blocked && step < 20 * rate; step += 1) {
    if (random() * (rate + there.length) >= rate) {
      const index = Math.floor(random() * there.length)
      const [leaving] = there.splice(index, 1, there.at(-1))
      there.pop()
      fleet.release(leaving)
      continue
    }
    const request = { id: `r${step}`, profile: drawKey(mix, random) }
    if (fleet.place(request).kind === 'placed') {
      there.push(request.id)
      continue
    }
    asked += 1
    const online = timeRoom(fleet, request)
    const { plan, kind } = online.room
    const listed = asked % 10 === 0 ? timeRoom({ gpus: fleet.snapshot().gpus }, request) : null
    const moves = kind === 'room' ? plan.moves.length : null
    if (moves === 1 || moves === 2) {
      note(times, `${moves} move${moves === 1 ? '' : 's'}, from createFleet`, online.ms)
      if (listed !== null) note(times, 'of a list of GPUs', listed.ms)
    }
    if (kind === 'room' && fleet.admit(request, online.room).kind === 'placed') {
      there.push(request.id)
    }
  }
  return [...times].sort().map(([what, list]) => {
    list.sort((a, b) => a - b)
    return {
      what: `W4 makeRoom, ${gpuCount} GPUs, ${what}: median`,
      value: Number(list[list.length >> 1].toFixed(2)),
      unit: 'ms',
      ...(what.startsWith('1') && { bound: 1 }),
      ...(what.startsWith('2') && { bound: 3 }),
      reference: `${list.length} answers, slowest ${list.at(-1).toFixed(1)} ms; study: under 1 ms`,
    }
  })
}

function timeRoom(fleet, request) {
  let ms = Number.POSITIVE_INFINITY
  let room
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now()
    room = makeRoom(fleet, request)
    ms = Math.min(ms, performance.now() - start)
  }
  return { ms, room }
}

function note(times, what, ms) {
  const list = times.get(what)
  if (list === undefined) times.set(what, [ms])
  else list.push(ms)
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      gpus: { type: 'string', default: '10000' },
      blocked: { type: 'string', default: '100' },
    },
  })
  for (const { what, value, unit, reference } of measureLargeRoom({
    gpuCount: Number(values.gpus),
    blocked: Number(values.blocked),
  })) {
    console.log(`${what.padEnd(64)} ${value} ${unit}  (${reference})`)
  }
}
