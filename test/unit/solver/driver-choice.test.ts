import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DriverSession, openSession } from '../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { chooseAsDriver } from '../../../lib/solver/placing/driver-choice.js'
import { compileGeometry } from '../../../lib/solver/tables/tables.js'
import type { Geometry, Placement } from '../../../types/model/geometry.js'
import type { GpuUuid } from '../../../types/model/state.js'

// The simulated driver is other code with the same rule.
describe.each([
  'A30',
  'RTX PRO 6000 Blackwell Server Edition',
  'A100-SXM4-40GB',
  'H100 80GB HBM3',
  'H100 PCIe',
  'B200',
])('%s', (model) => {
  let session: DriverSession
  let gpu: GpuUuid
  let geometry: Geometry

  beforeAll(async () => {
    const machine = createSimulatedMachine(model, { resetPolicy: 'automatic' })
    session = await openSession({ library: machine.library })
    const before = (await session.readState()).gpus[0]
    if (before === undefined) throw new Error('no GPU')
    gpu = before.uuid
    if (before.mig?.enabled !== true) await session.setMigMode(gpu, true)
    const after = (await session.readState()).gpus[0]?.geometry
    if (after === undefined || after === null) throw new Error('no geometry')
    geometry = after
  })
  afterAll(() => session.close())

  test('chooseAsDriver puts an instance where the driver does, from every layout', async () => {
    const tables = compileGeometry(geometry)
    const wrong: string[] = []

    const compare = async (state: number, path: string): Promise<void> => {
      for (const profile of tables.profiles) {
        const expected = chooseAsDriver(tables, state, profile)?.placement ?? null
        const created = await tryCreate(profile.profile.id, null)
        if (created !== null) await session.destroyGpuInstance(gpu, created.id)
        if (created?.placement.start !== expected?.start) {
          wrong.push(
            `${path} then ${profile.profile.name}: ${created?.placement.start}, not ${expected?.start}`,
          )
        }
      }
    }
    const walk = async (from: number, state: number, path: string): Promise<void> => {
      await compare(state, path)
      for (const { number, placement, profilePosition } of tables.places) {
        const next = tables.states.nextOf(state)[number] ?? -1
        const profile = tables.profiles[profilePosition]?.profile
        if (number < from || next < 0 || profile === undefined) continue
        const created = await session.createGpuInstance(gpu, profile.id, placement)
        await walk(number + 1, next, `${path} ${profile.name}@${placement.start}`)
        await session.destroyGpuInstance(gpu, created.id)
      }
    }
    await walk(0, 0, '')
    expect(wrong).toEqual([])
  })

  async function tryCreate(
    profileId: number,
    placement: null,
  ): Promise<{ id: number; placement: Placement } | null> {
    try {
      return await session.createGpuInstance(gpu, profileId, placement)
    } catch {
      return null
    }
  }
})
