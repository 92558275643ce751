import { expect, test } from 'vitest'
import { packFleet } from '../../../lib/fleet/pack/pack-fleet.js'
import { verifyBound } from '../../../lib/fleet/pack/verify-bound.js'
import { catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'
import fc from '../../support/property.js'
import { isLegal } from './online-oracle.js'

const model = findCatalogModel('A30')
const published = model === null ? null : catalogGeometry(model)
if (published === null) throw new Error('no such model')
const geometry = published
const profiles = geometry.profiles.filter(({ name }) => !name.includes('+'))

const label = fc.constantFrom('web', 'db')
const drawnRequest = fc.record(
  {
    profile: fc.constantFrom(...profiles.slice(0, 2).map(({ name }) => name)),
    count: fc.integer({ min: 1, max: 3 }),
    value: fc.integer({ min: 1, max: 3 }),
    labels: fc.uniqueArray(label, { maxLength: 2 }),
    spread: fc.array(
      fc.record(
        {
          label,
          maxPerGpu: fc.integer({ min: 0, max: 2 }),
          maxPerNode: fc.integer({ min: 0, max: 3 }),
        },
        { requiredKeys: ['label'] },
      ),
      { maxLength: 1 },
    ),
    avoid: fc.array(fc.record({ label, scope: fc.constantFrom('gpu' as const, 'node' as const) }), {
      maxLength: 1,
    }),
    sameNode: fc.constantFrom('one', 'two'),
  },
  { requiredKeys: ['profile', 'count', 'value'] },
)

const drawnGpu = fc.record({
  node: fc.constantFrom('a', 'b', undefined),
  held: fc.constantFrom(0, 1, 2),
  labels: fc.uniqueArray(label, { maxLength: 1 }),
})

interface Placed {
  readonly gpu: number
  readonly request: FleetRequest
}

/** Whether nothing that a rule forbids is there: every rule of every request, counted on the whole packing. */
function keepsRules(gpus: readonly FleetGpu[], placed: readonly Placed[]): boolean {
  const nodeOf = (gpu: number): string => gpus[gpu]?.node ?? `own ${gpu}`
  const countOf = (name: string, isThere: (gpu: number) => boolean): number =>
    placed.filter(({ gpu, request }) => isThere(gpu) && request.labels?.includes(name)).length +
    gpus
      .filter((_gpu, number) => isThere(number))
      .flatMap(({ layout = [] }) => layout.filter(({ labels }) => labels?.includes(name))).length
  return placed.every(({ gpu, request }) => {
    const { spread = [], avoid = [] } = request
    const onGpu = (name: string): number => countOf(name, (each) => each === gpu)
    const onNode = (name: string): number => countOf(name, (each) => nodeOf(each) === nodeOf(gpu))
    return (
      spread.every(
        ({ label: name, maxPerGpu = 99, maxPerNode = 99 }) =>
          onGpu(name) <= maxPerGpu && onNode(name) <= maxPerNode,
      ) &&
      avoid.every(({ label: name, scope }) => {
        const own = Number(request.labels?.includes(name) ?? false)
        return (scope === 'gpu' ? onGpu(name) : onNode(name)) - own === 0
      })
    )
  })
}

/** The least value that is left out, by trying every GPU and place for every request. */
function leastLeft(gpus: readonly FleetGpu[], requests: readonly FleetRequest[]): number {
  const all = requests.flatMap((request) => Array<FleetRequest>(request.count ?? 1).fill(request))
  let best = Number.POSITIVE_INFINITY
  const isTogether = (placed: readonly Placed[], left: readonly FleetRequest[]): boolean =>
    ['one', 'two'].every((text) => {
      const nodes = new Set(
        placed
          .filter(({ request }) => request.sameNode === text)
          .map(({ gpu }) => gpus[gpu]?.node ?? `own ${gpu}`),
      )
      return (
        nodes.size === 0 || (nodes.size === 1 && left.every(({ sameNode }) => sameNode !== text))
      )
    })
  const walk = (
    index: number,
    layouts: readonly (readonly FleetInstance[])[],
    placed: readonly Placed[],
    left: readonly FleetRequest[],
    value: number,
  ): void => {
    if (value >= best) return
    const request = all[index]
    if (request === undefined) {
      if (keepsRules(gpus, placed) && isTogether(placed, left)) best = value
      return
    }
    const profile = profiles.find(({ name }) => name === request.profile)
    for (const [gpu, layout] of layouts.entries()) {
      for (const placement of profile?.placements ?? []) {
        const after = [...layout, { profileId: profile?.id ?? -1, placement }]
        if (!isLegal(geometry, after)) continue
        const next = layouts.map((each, other) => (other === gpu ? after : each))
        walk(index + 1, next, [...placed, { gpu, request }], left, value)
        break
      }
    }
    walk(index + 1, layouts, placed, [...left, request], value + (request.value ?? 1))
  }
  walk(
    0,
    gpus.map(({ layout = [] }) => layout),
    [],
    [],
    0,
  )
  return best
}

test('no packing leaves out less than the bound says, with rules about neighbours', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(drawnGpu, { minLength: 1, maxLength: 3 }),
      fc.array(drawnRequest, { minLength: 1, maxLength: 3 }),
      async (drawn, requests) => {
        fc.pre(requests.reduce((sum, { count }) => sum + count, 0) <= 5)
        const small = profiles[0]
        if (small === undefined) throw new Error('no profile')
        const gpus: FleetGpu[] = drawn.map(({ node, held, labels }, number) => ({
          id: `gpu-${number}`,
          geometry,
          ...(node !== undefined && { node }),
          layout: small.placements
            .slice(0, held)
            .map((placement) => ({ profileId: small.id, placement, labels })),
        }))
        const problem = { gpus, requests }
        const { lowerBound, objective, certificate } = await packFleet(problem)
        const least = leastLeft(gpus, requests)
        expect(lowerBound.unplacedValue).toBeLessThanOrEqual(least)
        expect(objective.unplacedValue).toBeGreaterThanOrEqual(least)
        expect(verifyBound(problem, certificate)).toEqual({
          valid: true,
          lowerBound: certificate.lowerBound,
        })
      },
    ),
    { numRuns: 250 },
  )
})
