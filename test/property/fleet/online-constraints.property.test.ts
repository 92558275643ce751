import { expect, test } from 'vitest'
import { createFleet } from '../../../lib/fleet/online/create-fleet.js'
import { catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import fc from '../../support/property.js'
import { legalPlaces, type NaiveGpu, naiveFleet } from './online-oracle.js'

const found = findCatalogModel('A100-SXM4-40GB')
const published = found === null ? null : catalogGeometry(found)
if (published === null) throw new Error('no such model')
const geometry = published

const gpus: readonly FleetGpu[] = Array.from({ length: 6 }, (_, index) => ({
  id: `gpu-${index}`,
  geometry,
  node: `node-${index >> 1}`,
  ...(index === 5 ? { reservation: 'team' } : {}),
}))

const label = fc.constantFrom('web', 'batch')
const request = fc.record(
  {
    profile: fc.constantFrom('1g.5gb', '2g.10gb', '3g.20gb', '7g.40gb'),
    labels: fc.uniqueArray(label, { maxLength: 2 }),
    where: fc.record({ nodes: fc.subarray(['node-0', 'node-1', 'node-2'], { minLength: 1 }) }),
    reservation: fc.constantFrom('team', 'other'),
    spread: fc.array(fc.record({ label, maxPerGpu: fc.integer({ min: 1, max: 2 }) }), {
      maxLength: 1,
    }),
    avoid: fc.array(fc.record({ label, scope: fc.constantFrom('gpu' as const, 'node' as const) }), {
      maxLength: 1,
    }),
    sameNode: fc.constantFrom('pair', 'trio'),
  },
  { requiredKeys: ['profile'] },
)

interface Placed {
  readonly request: FleetRequest
  readonly gpu: string
}

const nodeOf = (gpu: string): string => `node-${Number(gpu.slice(4)) >> 1}`

function isAllowed(wanted: FleetRequest, gpu: string, placed: readonly Placed[]): boolean {
  const { labels = [], where, reservation, spread = [], avoid = [], sameNode } = wanted
  const near = (other: Placed, scope: 'gpu' | 'node'): boolean =>
    scope === 'gpu' ? other.gpu === gpu : nodeOf(other.gpu) === nodeOf(gpu)
  const has = (other: Placed, name: string): boolean =>
    other.request.labels?.includes(name) ?? false
  if (gpu === 'gpu-5' && reservation !== 'team') return false
  if (where?.nodes !== undefined && !where.nodes.includes(nodeOf(gpu))) return false
  for (const { label: name, maxPerGpu = 9 } of spread) {
    if (placed.filter((each) => has(each, name) && each.gpu === gpu).length >= maxPerGpu)
      return false
  }
  return (
    !avoid.some(({ label: name, scope }) =>
      placed.some((each) => has(each, name) && near(each, scope)),
    ) &&
    !placed.some((each) =>
      each.request.avoid?.some(
        ({ label: name, scope }) => labels.includes(name) && near(each, scope),
      ),
    ) &&
    !placed.some(
      (each) => sameNode !== undefined && each.request.sameNode === sameNode && !near(each, 'node'),
    )
  )
}

test('a request goes where its constraints let it, and is refused only where none does', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(request, fc.nat(100)), { maxLength: 40 }), (steps) => {
      const fleet = createFleet({ gpus })
      const naive = naiveFleet(gpus)
      const placed = new Map<string, Placed>()
      const able = (wanted: FleetRequest): readonly NaiveGpu[] =>
        naive.filter(
          (gpu) =>
            legalPlaces(gpu, String(wanted.profile)).length > 0 &&
            isAllowed(wanted, gpu.id, [...placed.values()]),
        )
      for (const [step, [wanted, leaves]] of steps.entries()) {
        const id = `job-${step}`
        const answer = fleet.place({ ...wanted, id })
        const allowed = able(wanted)
        expect(answer.kind).toBe(allowed.length > 0 ? 'placed' : 'refused')
        if (answer.kind === 'placed') {
          const [at] = answer.placements
          expect(allowed.map((gpu) => gpu.id)).toContain(at?.gpu)
          if (wanted.reservation === 'team' && allowed.some((gpu) => gpu.id === 'gpu-5')) {
            expect(at?.gpu).toBe('gpu-5')
          }
          const gpu = naive.find((each) => each.id === at?.gpu)
          if (at?.placement == null || at.profileId === null) throw new Error('no place')
          gpu?.instances.push({ id, profileId: at.profileId, placement: at.placement })
          placed.set(id, { request: wanted, gpu: at.gpu })
        }
        const gone = [...placed.keys()][leaves]
        if (gone === undefined) continue
        fleet.release(gone)
        placed.delete(gone)
        for (const gpu of naive) gpu.instances = gpu.instances.filter((each) => each.id !== gone)
      }
    }),
    { numRuns: 80 },
  )
})
