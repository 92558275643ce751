import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DriverSession, openSession } from '../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { findCreationOrder, listLayouts } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { GpuUuid } from '../../../types/model/state.js'
import type { Layout } from '../../../types/solver/layout.js'
import type { NoCreationOrder } from '../../../types/solver/repartition.js'
import { place, show } from '../../support/devices.js'
import { geometryOf } from '../../support/geometry.js'

// R450 has no placed creation: its own choices are all there is.
describe('on a driver without placed creation', () => {
  let session: DriverSession
  let gpu: GpuUuid
  let geometry: Geometry
  let layouts: readonly Layout[]

  beforeAll(async () => {
    const machine = createSimulatedMachine('A100-SXM4-40GB +mig', { driver: '450.80.02' })
    session = await openSession({ library: machine.library })
    const state = (await session.readState()).gpus[0]
    if (state?.geometry == null) throw new Error('no geometry')
    gpu = state.uuid
    geometry = state.geometry
    const idOf = (name: string) => geometry.profiles.find((each) => each.name === name)?.id ?? -1
    // Before R510 the driver refused a 4g beside a 3g, whatever its places.
    layouts = [...listLayouts(geometry)].filter(
      (layout) =>
        ![idOf('3g.20gb'), idOf('4g.20gb')].every((id) =>
          layout.some(({ profileId }) => profileId === id),
        ),
    )
  })
  afterAll(() => session.close())

  /** Creates instances as the driver likes, tells where each went, and destroys them. */
  async function create(profileIds: readonly number[]): Promise<(number | null)[]> {
    const made: { id: number; start: number }[] = []
    const starts: (number | null)[] = []
    for (const profileId of profileIds) {
      const created = await session.createGpuInstance(gpu, profileId, null).catch(() => null)
      starts.push(created?.placement.start ?? null)
      if (created !== null) made.push({ id: created.id, start: created.placement.start })
    }
    for (const { id } of made) await session.destroyGpuInstance(gpu, id)
    return starts
  }

  test('a creation order gives the layout on a driver that chooses the places', async () => {
    let orders = 0
    for (const layout of layouts) {
      const found = findCreationOrder(geometry, layout)
      if (found.kind === 'no-order') continue
      orders += 1
      expect(show(geometry, found.instances).sort()).toEqual(show(geometry, layout).sort())
      const starts = await create(found.instances.map(({ profileId }) => profileId))
      expect(starts).toEqual(found.instances.map(({ placement }) => placement.start))
    }
    expect(orders).toBeGreaterThan(20)
  })

  test('without a creation order, the driver does in each state what the proof says', async () => {
    let proofs = 0
    for (const layout of layouts) {
      const found = findCreationOrder(geometry, layout)
      if (found.kind === 'order') continue
      proofs += 1
      expectClosed(geometry, layout, found)
      // Every proof would take long, and says much of what others say.
      if (proofs % 10 !== 1) continue
      for (const { created, next } of found.reached) {
        const before = findCreationOrder(geometry, created)
        if (before.kind === 'no-order') throw new Error('a state that cannot be reached')
        const ids = before.instances.map(({ profileId }) => profileId)
        for (const { profileId, placement } of next) {
          expect((await create([...ids, profileId])).at(-1)).toBe(placement?.start ?? null)
        }
      }
    }
    expect(proofs).toBeGreaterThan(100)
  })
})

/** Starts with nothing created, holds every state that follows from it, and not the layout. */
function expectClosed(geometry: Geometry, layout: Layout, { reached }: NoCreationOrder): void {
  const keyOf = (part: Layout): string => show(geometry, part).sort().join()
  const states = new Set(reached.map(({ created }) => keyOf(created)))
  expect(states).toContain('')
  expect(states).not.toContain(keyOf(layout))
  for (const { created, next } of reached) {
    const missing = layout.filter(
      (each) => !created.some(({ placement }) => placement.start === each.placement.start),
    )
    expect(new Set(next.map(({ profileId }) => profileId))).toEqual(
      new Set(missing.map(({ profileId }) => profileId)),
    )
    for (const { profileId, placement } of next) {
      const right = missing.find(
        (each) => each.profileId === profileId && each.placement.start === placement?.start,
      )
      if (right !== undefined) expect(states).toContain(keyOf([...created, right]))
    }
  }
}

describe('beside instances that are there', () => {
  const a100 = geometryOf('a100-40gb')

  test('the driver chooses other places beside instances that are there', () => {
    const low = [place(a100, '1g.5gb', 0)]
    expect(findCreationOrder(a100, low)).toMatchObject({
      kind: 'no-order',
      reached: [{ created: [], next: [{ placement: { start: 6 } }] }],
    })
    const high = [place(a100, '3g.20gb', 4)]
    expect(findCreationOrder(a100, low, high).kind).toBe('order')
  })

  test('findCreationOrder refuses an impossible layout', () => {
    const both = [place(a100, '7g.40gb', 0)]
    expect(() => findCreationOrder(a100, both, [place(a100, '1g.5gb', 0)])).toThrow(
      expect.objectContaining({ code: 'MIG_SOLVER_INPUT' }),
    )
  })
})
