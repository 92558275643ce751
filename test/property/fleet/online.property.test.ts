import { expect, test } from 'vitest'
import { isMigError } from '../../../lib/errors.js'
import { createFleet } from '../../../lib/fleet/online/create-fleet.js'
import { catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import type { FleetPolicyName } from '../../../types/fleet/online.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import fc from '../../support/property.js'
import { freeUnits, isLegal, legalPlaces, naiveFleet } from './online-oracle.js'

const found = findCatalogModel('A100-SXM4-40GB')
const published = found === null ? null : catalogGeometry(found)
if (published === null) throw new Error('no such model')
const geometry = published
const names = geometry.profiles.map(({ name }) => name)

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('place' as const), profile: fc.constantFrom(...names) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat(100) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('bad' as const), which: fc.nat(9) }) },
)

const gpus: readonly FleetGpu[] = Array.from({ length: 4 }, (_, index) => ({
  id: `gpu-${index}`,
  geometry,
  node: `node-${index >> 1}`,
}))

test.each<FleetPolicyName>(['best-fit', 'residual', 'fgd'])(
  'the policy %s places a request exactly where it fits, and bad calls leave no trace',
  (policy) => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const fleet = createFleet({ gpus, policy })
        const naive = naiveFleet(gpus)
        const held: string[] = []
        for (const [step, each] of operations.entries()) {
          if (each.do === 'place') {
            const id = `job-${step}`
            const answer = fleet.place({ id, profile: each.profile })
            const able = naive.filter((gpu) => legalPlaces(gpu, each.profile).length > 0)
            expect(answer.kind).toBe(able.length > 0 ? 'placed' : 'refused')
            if (answer.kind === 'refused') continue
            const [placed] = answer.placements
            const gpu = naive.find(({ id: name }) => name === placed?.gpu)
            if (gpu === undefined || placed?.placement == null || placed.profileId === null) {
              throw new Error('no place')
            }
            if (policy === 'best-fit') expect(freeUnits(gpu)).toBe(Math.min(...able.map(freeUnits)))
            gpu.instances.push({ id, profileId: placed.profileId, placement: placed.placement })
            expect(isLegal(geometry, gpu.instances)).toBe(true)
            held.push(id)
          } else if (each.do === 'release') {
            const [id] = held.splice(each.which % Math.max(1, held.length), 1)
            if (id === undefined) continue
            const [released] = fleet.release(id)
            const gpu = naive.find(({ id: name }) => name === released?.gpu)
            expect(gpu?.instances.some((instance) => instance.id === id)).toBe(true)
            if (gpu !== undefined) gpu.instances = gpu.instances.filter((one) => one.id !== id)
          } else {
            const before = JSON.stringify(fleet.snapshot())
            expect(badCall(fleet, each.which, held[0])).toBe(true)
            expect(JSON.stringify(fleet.snapshot())).toBe(before)
          }
        }
        const sorted = (all: readonly { readonly placement: { readonly start: number } }[]) =>
          all.toSorted((a, b) => a.placement.start - b.placement.start)
        for (const [index, { layout }] of fleet.snapshot().gpus.entries()) {
          expect(sorted(layout ?? [])).toEqual(sorted(naive[index]?.instances ?? []))
        }
      }),
      { numRuns: 60 },
    )
  },
)

function badCall(
  fleet: ReturnType<typeof createFleet>,
  which: number,
  held: string | undefined,
): boolean {
  const calls = [
    () => fleet.place({ profile: '9g.999gb' }),
    () => fleet.place({ profile: '1g.5gb', count: -1 }),
    () => fleet.place({ profile: '1g.5gb', count: 1.5 }),
    () => fleet.place({}),
    () => fleet.place({ profile: '1g.5gb', wholeGpu: true }),
    () => fleet.place({ need: { memoryMiB: Number.NaN } }),
    () => fleet.release('nobody'),
    () => fleet.move([{ id: 'nobody', gpu: 'gpu-0', placement: { start: 0, size: 1 } }]),
    () => fleet.place({ id: held ?? 'x', profile: held === undefined ? 'none' : '1g.5gb' }),
    () => fleet.move([{ id: held ?? 'x', gpu: 'gpu-9', placement: { start: 0, size: 1 } }]),
  ]
  try {
    calls[which]?.()
    return false
  } catch (error) {
    return isMigError(error)
  }
}
