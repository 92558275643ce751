// W10: how long one decision takes on full fleets, and whether the same calls give the same answers.
//   node benchmarks/fleet/w10-decision.js [--decisions 100000]
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { createFleet } from '../../dist/fleet.js'
import { catalogGeometry, seeded } from '../solver/catalog.js'

const profiles = ['1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']
const geometry = catalogGeometry('a100-40gb')

export function measureDecisions({ decisions = 100_000, policies = ['best-fit', 'fgd'] } = {}) {
  const rows = []
  for (const gpuCount of [1, 100, 10_000]) {
    for (const policy of policies) {
      drive(gpuCount, policy, Math.min(20_000, decisions))
      const { place, release, refused, digest } = drive(gpuCount, policy, decisions)
      const what = `${gpuCount} GPUs, ${policy}`
      const reference = `${decisions} requests, ${refused} refused`
      rows.push(
        { what: `${what}: place, median`, value: at(place, 0.5), unit: 'µs', bound: 5, reference },
        { what: `${what}: place, p99`, value: at(place, 0.99), unit: 'µs', bound: 50 },
        { what: `${what}: release, p99`, value: at(release, 0.99), unit: 'µs', bound: 50 },
        {
          what: `${what}: another run, other answers`,
          value: drive(gpuCount, policy, decisions).digest === digest ? 0 : 1,
          unit: '',
          bound: 0,
          reference: digest.slice(0, 16),
        },
      )
    }
  }
  return rows
}

/** Fills the fleet, then releases and places at random, so that it stays about as full. */
function drive(gpuCount, policy, decisions) {
  const fleet = createFleet({ gpus: [{ id: 'gpu', geometry, count: gpuCount }], policy })
  const random = seeded(gpuCount)
  const hash = createHash('sha256')
  const held = []
  const place = new Float64Array(decisions)
  const release = []
  let refused = 0
  const next = () => ({ profile: profiles[Math.floor(random() * profiles.length)] })
  for (let full = 0; full < 20; ) {
    const answer = fleet.place(next())
    if (answer.kind === 'placed') held.push(answer.id)
    else full += 1
  }
  for (let index = 0; index < decisions; index += 1) {
    if (held.length > 0 && random() < 0.55) {
      const number = Math.floor(random() * held.length)
      const id = held[number]
      held[number] = held[held.length - 1]
      held.pop()
      const start = process.hrtime.bigint()
      fleet.release(id)
      release.push(Number(process.hrtime.bigint() - start) / 1000)
    }
    const request = next()
    const start = process.hrtime.bigint()
    const answer = fleet.place(request)
    place[index] = Number(process.hrtime.bigint() - start) / 1000
    if (answer.kind === 'placed') {
      held.push(answer.id)
      const [{ gpu, profileId, placement }] = answer.placements
      hash.update(`${gpu} ${profileId} ${placement.start};`)
    } else {
      refused += 1
      hash.update(`${answer.reason};`)
    }
  }
  return { place, release: Float64Array.from(release), refused, digest: hash.digest('hex') }
}

function at(durations, share) {
  const sorted = durations.toSorted()
  return Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2))
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { decisions: { type: 'string', default: '100000' } } })
  for (const { what, value, unit, bound, reference = '' } of measureDecisions({
    decisions: Number(values.decisions),
  })) {
    console.log(`${what.padEnd(44)} ${value} ${unit}  (${bound})  ${reference}`)
  }
}
