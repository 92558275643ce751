// What the order of published placements refuses: deviceOrder beside the order of names, the rule of HAMi and the best
// rule. First on every GPU of the catalog with known placements, all profiles equally often; models with the same figures
// are one case. Then on an A100 for several demands.
import { readFileSync } from 'node:fs'
import { deviceOrder } from '../dist/solver.js'
import { mixes, slotGeometry } from './fleet/w3-online.js'
import { catalogGeometry } from './solver/catalog.js'

const { gpus } = JSON.parse(
  readFileSync(new URL('../catalog/mig-gpus.json', import.meta.url), 'utf8'),
)
const rows = []

const cases = new Map()
for (const { key } of gpus) {
  const geometry = complete(catalogGeometry(key))
  const { profiles } = geometry
  if (profiles.length === 0 || !profiles.every(({ placements }) => placements?.length > 0)) continue
  const found = measure(geometry, {})
  const content = JSON.stringify(found.shares)
  const known = cases.get(content)
  if (known === undefined)
    cases.set(content, { keys: [key], orders: countOrders(profiles), ...found })
  else known.keys.push(key)
}
for (const { keys, orders, shares, ms } of cases.values()) {
  const [first, ...others] = keys
  const name = others.length === 0 ? first : `${first} and ${others.length} more`
  const reference = others.length === 0 ? undefined : others.join(', ')
  for (const [what, value] of shares) {
    rows.push({ what: `${name}: ${what}`, value, unit: '%', reference })
  }
  rows.push({ what: `${name}: orders`, value: orders, reference })
  rows.push({ what: `${name}: time`, value: ms, unit: 'ms', bound: 1000, reference })
}

const geometry = slotGeometry()
const names = ['1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']
for (const [mix, weights] of Object.entries(mixes)) {
  const demand = names.map((name, index) => ({
    profileId: geometry.profiles.find((profile) => profile.name === name).id,
    weight: weights[index],
  }))
  const { shares } = measure(geometry, { demand })
  for (const [what, value] of shares)
    rows.push({ what: `demand ${mix}: ${what}`, value, unit: '%' })
}
console.log(JSON.stringify(rows))

/** `ms`: the time of the first call with this geometry, on the processor. */
function measure(of, options) {
  const started = process.cpuUsage()
  const { fills, longRun, proven } = deviceOrder(of, options)
  const { user, system } = process.cpuUsage(started)
  if (!proven) throw new Error('an order is not proven')
  const least = deviceOrder(of, { ...options, minimise: 'long-run' }).longRun.refused.order
  const shares = [
    ['filling, by name', fills.refused.lowestStart],
    ['HAMi', fills.refused.hami],
    ['`deviceOrder`', fills.refused.order],
    ['best rule', fills.refused.bound],
    ['long run, by name', longRun.refused.lowestStart],
    ['long run, HAMi', longRun.refused.hami],
    ['long run, `deviceOrder`', longRun.refused.order],
    ['`long-run`', least],
    ['long run, best rule', longRun.refused.bound],
  ]
  return {
    shares: shares.map(([what, share]) => [what, Number((share * 100).toFixed(2))]),
    ms: (user + system) / 1000,
  }
}

/** With numbers for what is not published, none of which decides what fits. */
function complete({ profiles }) {
  return {
    profiles: profiles.map((profile) => ({
      ...profile,
      id: profile.id ?? 1000 + profile.index,
      multiprocessorCount: profile.multiprocessorCount ?? 0,
      memoryMiB: profile.memoryMiB ?? 0,
      engines: Object.fromEntries(
        Object.entries(profile.engines).map(([kind, count]) => [kind, count ?? 0]),
      ),
      computeInstanceProfiles: null,
    })),
  }
}

/** How many different orders there are, one permutation for each profile. */
function countOrders(profiles) {
  return profiles.reduce(
    (product, { placements }) =>
      placements.reduce((orders, _, index) => orders * (index + 1), product),
    1,
  )
}
