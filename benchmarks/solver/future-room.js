// What a rule for the next instance costs later. GPU instances only arrive, one at a time, in every
// order, from an empty GPU; the rule picks the place. Counted are the pairs of a layout so reached
// and a request that some layout with the same instances could take, and how many of them this one
// refuses.
import { compileGeometry, fits, placePartition, remaining } from '../../dist/solver.js'
import { catalogGeometry } from './catalog.js'

const tables = [
  // Bounds: the refusals of the largest residual set in the study of these tables.
  ['8 units', (name) => !/\+me|^1g\.10gb$/.test(name), 8],
  ['8 units and 1g of twice the memory', (name) => !name.includes('+me'), 39],
]

export function measureFutureRoom() {
  return tables.flatMap(([title, keep, bound]) => {
    const whole = catalogGeometry('a100-40gb')
    const geometry = { profiles: whole.profiles.filter(({ name }) => keep(name)) }
    return Object.entries(startRules(geometry)).map(([name, rule], index) => {
      const { refused, pairs } = countRefusals(geometry, rule)
      return {
        what: `refused later, ${title}: ${name}`,
        value: refused,
        unit: `of ${pairs}`,
        ...(index === 0 ? { bound } : {}),
      }
    })
  })
}

/** The rules by name; each takes a layout, a profile and its free starts, and gives one of them. */
function startRules(geometry) {
  const gpu = compileGeometry(geometry)
  const listed =
    (order) =>
    ({ profile, free }) =>
      order(profile).find((s) => free.includes(s))
  return {
    'most room (placePartition)': ({ layout, profile }) => {
      const result = placePartition({ gpu, partition: one(profile), keep: layout })
      return result.kind === 'layout' ? result.added[0].placement.start : undefined
    },
    'lowest start (Kubernetes DRA)': ({ free }) => Math.min(...free),
    // 1g and 3g at the highest free start, all others at the lowest.
    'the rule of HAMi': ({ profile, free }) =>
      profile.sliceCount === 1 || profile.sliceCount === 3 ? Math.max(...free) : Math.min(...free),
    // As its allocator lists the starts; it knows no 1g of twice the memory.
    'the order of ParvaGPU': listed(({ sliceCount, placements }) => {
      if (sliceCount === 3) return [4, 0]
      if (sliceCount === 2) return [0, 4, 2]
      return placements[0].size === 2 ? [6, 4, 0, 2] : [0, 6, 4, 1, 2, 3, 5]
    }),
    'the driver': ({ layout, profile }) => {
      const partition = one(profile)
      const result = placePartition({ gpu, partition, keep: layout, prefer: 'driver' })
      return result.kind === 'layout' ? result.added[0].placement.start : undefined
    },
  }
}

function countRefusals(geometry, rule) {
  const gpu = compileGeometry(geometry)
  const reached = new Map([['', []]])
  let pairs = 0
  let refused = 0
  for (const layout of reached.values()) {
    const there = layout.map(({ profileId }) => one(profileOf(geometry, profileId))[0])
    for (const profile of geometry.profiles) {
      if (!fits(gpu, [], [...there, ...one(profile)]).fits) continue
      pairs += 1
      const places = remaining(gpu, layout).find(({ profileId }) => profileId === profile.id)
      const free = places.placements.map(({ start }) => start)
      if (free.length === 0) {
        refused += 1
        continue
      }
      const start = rule({ layout, profile, free })
      const placement = places.placements.find((each) => each.start === start)
      const next = [...layout, { profileId: profile.id, placement, computeInstances: [] }].sort(
        (a, b) => a.placement.start - b.placement.start,
      )
      reached.set(next.map((each) => `${each.profileId}@${each.placement.start}`).join(), next)
    }
  }
  return { pairs, refused }
}

function one({ id, sliceCount }) {
  return [{ profileId: id, sliceCount, count: 1 }]
}

function profileOf(geometry, profileId) {
  return geometry.profiles.find(({ id }) => id === profileId)
}
