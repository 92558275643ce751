import { expect, test } from 'vitest'
import { createFleet } from '../../../lib/fleet/online/create-fleet.js'
import { catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import type { Geometry } from '../../../types/model/geometry.js'
import fc from '../../support/property.js'
import { bestRank, type IdleGpu, isSameSpot } from './idle-oracle.js'
import { isLegal } from './online-oracle.js'

function geometryOf(name: string): Geometry {
  const model = findCatalogModel(name)
  const geometry = model === null ? null : catalogGeometry(model)
  if (geometry === null) throw new Error('no such model')
  return geometry
}

const geometry = geometryOf('A100-SXM4-40GB')
const names = geometry.profiles.map(({ name }) => name)
const memoryOf = (name: string): number =>
  geometry.profiles.find((each) => each.name === name)?.memoryMiB ?? 0

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('place' as const),
      profile: fc.constantFrom(...names),
      clearIdle: fc.boolean(),
      /** By the memory of the profile. */
      byNeed: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('release' as const),
      which: fc.nat(100),
      keep: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cordon' as const), which: fc.nat(2) }) },
)

const gpus: readonly FleetGpu[] = ['a', 'b', 'c'].map((id) => ({
  id,
  geometry,
  ...(id === 'b' && {
    layout: [
      { profileId: 19, placement: { start: 0, size: 1 }, idle: true, pinned: true },
      { profileId: 14, placement: { start: 2, size: 2 }, idle: true },
    ],
  }),
}))

test('a request takes an idle instance before a new one, and the fewest are cleared where that is allowed', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      let fleet = createFleet({ gpus })
      const naive: (IdleGpu & { cordoned: boolean })[] = gpus.map(({ id, layout }) => ({
        id,
        geometry,
        instances: [...(layout ?? [])],
        cordoned: false,
      }))
      const gpuOf = (name: string | undefined): IdleGpu => {
        const gpu = naive.find(({ id }) => id === name)
        if (gpu === undefined) throw new Error('no such GPU')
        return gpu
      }
      for (const [step, each] of operations.entries()) {
        const held = naive.flatMap(({ instances }) => instances.flatMap(({ id }) => id ?? []))
        if (each.do === 'restart') {
          fleet = createFleet(JSON.parse(JSON.stringify(fleet.snapshot())))
        } else if (each.do === 'cordon') {
          const gpu = naive[each.which]
          if (gpu === undefined) continue
          gpu.cordoned = !gpu.cordoned
          if (gpu.cordoned) fleet.cordon({ gpus: [gpu.id] })
          else fleet.uncordon({ gpus: [gpu.id] })
        } else if (each.do === 'release') {
          const id = held[each.which % Math.max(1, held.length)]
          if (id === undefined) continue
          const [released] = fleet.release(id, { keep: each.keep })
          const gpu = gpuOf(released?.gpu)
          gpu.instances = gpu.instances.flatMap((one) => {
            if (one.id !== id) return [one]
            const { profileId, placement } = one
            return each.keep ? [{ profileId, placement, idle: true }] : []
          })
        } else {
          const id = `job-${step}`
          const { profile, clearIdle, byNeed } = each
          const wish = byNeed ? { need: { memoryMiB: memoryOf(profile) } } : { profile }
          const answer = fleet.place({ id, ...wish }, { clearIdle })
          const open = naive.filter(({ cordoned }) => !cordoned)
          const serving = byNeed
            ? geometry.profiles.filter(({ memoryMiB }) => memoryMiB >= memoryOf(profile))
            : geometry.profiles.filter(({ name }) => name === profile)
          const ranks = serving.flatMap(({ id: number, name }) => {
            const rank = bestRank(open, name, clearIdle)
            return rank === null ? [] : [{ number, rank, units: unitsOf(name) }]
          })
          if (answer.kind === 'refused') {
            expect(ranks).toEqual([])
            const mayClear = serving.some(({ name }) => bestRank(open, name, true) !== null)
            expect(answer.reason === 'idle').toBe(mayClear)
            continue
          }
          const [placed] = answer.placements
          const cleared = answer.cleared ?? []
          const gpu = gpuOf(placed?.gpu)
          if (placed?.placement == null || placed.profileId === null) throw new Error('no place')
          // Among the profiles that serve, the fewest units decide first.
          const fewest = Math.min(...ranks.map(({ units }) => units))
          const chosen = ranks.find(({ number }) => number === placed.profileId)
          expect(chosen?.units).toBe(fewest)
          const rank = placed.reused === true ? 0 : 1 + cleared.length
          if (byNeed) expect(ranks).toContainEqual({ ...chosen, rank })
          else expect(rank).toBe(ranks[0]?.rank)
          for (const gone of [...cleared, ...(placed.reused === true ? [placed] : [])]) {
            const from = gpuOf(gone.gpu)
            const found = from.instances.filter((one) => one.idle === true && isSameSpot(gone, one))
            expect(found).toHaveLength(1)
            if (gone !== placed) expect(found[0]?.pinned).not.toBe(true)
            from.instances = from.instances.filter((one) => !found.includes(one))
          }
          gpu.instances.push({ id, profileId: placed.profileId, placement: placed.placement })
          expect(isLegal(geometry, gpu.instances)).toBe(true)
        }
        for (const [index, { layout = [] }] of fleet.snapshot().gpus.entries()) {
          const byStart = (
            a: { placement: { start: number } },
            b: { placement: { start: number } },
          ) => a.placement.start - b.placement.start
          expect([...layout].sort(byStart)).toEqual(
            [...(naive[index]?.instances ?? [])].sort(byStart),
          )
        }
      }
    }),
    { numRuns: 80 },
  )
})

function unitsOf(name: string): number {
  return geometry.profiles.find((each) => each.name === name)?.placements[0]?.size ?? 0
}
