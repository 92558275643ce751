import { expect, test } from 'vitest'
import { makeRoom } from '../../../lib/fleet/moves/room/make-room.js'
import { verifyPlan } from '../../../lib/fleet/moves/verify/verify-plan.js'
import { catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import fc from '../../support/property.js'
import { isLegal } from './online-oracle.js'

const model = findCatalogModel('A100-SXM4-40GB')
const published = model === null ? null : catalogGeometry(model)
if (published === null) throw new Error('no such model')
const geometry = published
const profiles = ['1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb'].flatMap((name) =>
  geometry.profiles.filter((each) => each.name === name),
)

const drawnInstance = fc.record({
  profile: fc.constantFrom(...profiles),
  start: fc.nat(6),
  pinned: fc.nat(9).map((number) => number === 0),
})

function layoutOf(
  gpu: number,
  drawn: readonly { profile: (typeof profiles)[number]; start: number; pinned: boolean }[],
): readonly FleetInstance[] {
  const layout: FleetInstance[] = []
  for (const { profile, start, pinned } of drawn) {
    const placement = profile.placements.find((each) => each.start === start)
    if (placement === undefined) continue
    const id = `on-${gpu}-${start}`
    const instance = { profileId: profile.id, placement, id, ...(pinned && { pinned }) }
    if (isLegal(geometry, [...layout, instance])) layout.push(instance)
  }
  return layout
}

/** Whether moves one after the other, each with the new instance there before the old one goes, lead to room. */
function canBeLive(start: readonly (readonly FleetInstance[])[], wanted: number): boolean {
  const placesOf = (id: number) => profiles.find((each) => each.id === id)?.placements ?? []
  const textOf = (layouts: readonly (readonly FleetInstance[])[]): string =>
    layouts
      .map((layout) =>
        layout
          .map(({ profileId, placement, pinned }) => `${profileId}:${placement.start}:${pinned}`)
          .sort()
          .join(),
      )
      .join(';')
  const queue = [start]
  const seen = new Set([textOf(start)])
  for (const layouts of queue) {
    const fits = (layout: readonly FleetInstance[], profileId: number) =>
      placesOf(profileId)
        .map((placement) => ({ profileId, placement }))
        .filter((instance) => isLegal(geometry, [...layout, instance]))
    if (layouts.some((layout) => fits(layout, wanted).length > 0)) return true
    for (const [from, source] of layouts.entries()) {
      for (const going of source) {
        if (going.pinned === true) continue
        for (const [to, target] of layouts.entries()) {
          for (const instance of fits(target, going.profileId)) {
            const next = layouts.map((layout, index) => [
              ...layout.filter((each) => index !== from || each !== going),
              ...(index === to ? [instance] : []),
            ])
            const text = textOf(next)
            if (seen.has(text)) continue
            seen.add(text)
            queue.push(next)
          }
        }
      }
    }
  }
  return false
}

test('with live, makeRoom finds a plan without stops, or proves that there is none, as a search through all moves does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(drawnInstance, { minLength: 2, maxLength: 6 }), {
        minLength: 2,
        maxLength: 3,
      }),
      fc.constantFrom(...profiles),
      (drawn, { name, id: wanted }) => {
        const gpus: FleetGpu[] = drawn.map((each, number) => ({
          id: `gpu-${number}`,
          geometry,
          layout: layoutOf(number, each),
        }))
        // Fleets with much room have room for live plans, and too many layouts to try them all here.
        const free = gpus.map(({ layout = [] }) =>
          layout.reduce((units, { placement }) => units - placement.size, 8),
        )
        fc.pre(free.reduce((sum, units) => sum + units, 0) <= 5)
        const request = { id: 'new', profile: name }
        const answer = makeRoom({ gpus }, request, { live: true })
        const isPossible = canBeLive(
          gpus.map(({ layout = [] }) => layout),
          wanted,
        )
        if (answer.kind === 'unknown') {
          expect(answer.stopped).toBe(null)
          expect(answer.noLivePlan).toBe(isPossible ? 'not-proven' : 'proven')
        } else expect(answer.kind).toBe(isPossible ? 'room' : 'no-room')
        const question = {
          kind: 'room',
          fleet: { gpus },
          request,
          options: { live: true },
        } as const
        expect(verifyPlan(question, answer).valid).toBe(true)
        if (answer.kind === 'room') expect(answer.plan.stops).toBe(0)
      },
    ),
    { numRuns: 400 },
  )
})
