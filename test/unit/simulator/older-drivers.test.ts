// A driver without a function can lack the symbol, or have one that answers FUNCTION_NOT_FOUND. This
// package behaves the same with both.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openSession } from '../../../lib/driver/session.js'
import { createSimulatedMachine, simulatorFolder } from '../../../lib/simulator.js'
import type { LibraryRef } from '../../../types/machine/options.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-nvml-older-'))
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

// The first with MIG; without the second version of the compute instance info; before placed creation; with
// the newest placements; with names; before placed compute instances; with wide process records, with their
// list withdrawn, with it back; with the third profile struct; with another number of the field for queries
// with MIG off; before queries by id; the default one.
const drivers = [
  '450.80.02',
  '455.28.00',
  '460.32.03',
  '470.57.02',
  '510.47.03',
  '520.61.05',
  '535.54.03',
  '535.98.00',
  '535.104.05',
  '545.29.06',
  '555.58.02',
  '570.133.20',
  '580.65.06',
]

/** What a client does with a GPU in MIG mode, and the answers. */
async function workOn(library: LibraryRef): Promise<unknown> {
  await using session = await openSession({ library })
  const [gpu, busy] = (await session.readState()).gpus
  if (gpu === undefined || busy === undefined) throw new Error('the machine has two GPUs')
  const refusals: unknown[] = []
  const refused = (error: { readonly code?: string }): undefined => {
    refusals.push(error.code)
  }
  const placed = await session.createGpuInstance(gpu.uuid, 9, { start: 0, size: 4 }).catch(refused)
  const { id } = placed ?? (await session.createGpuInstance(gpu.uuid, 9, null))
  const profiles = await session.readComputeInstanceProfiles(gpu.uuid, id, 9)
  const wanted = { start: 1, size: 1 }
  const compute = await session.createComputeInstance(gpu.uuid, id, 0, wanted)
  const state = await session.readState()
  const processes = await session.readProcesses(busy.uuid)
  await session.setMigMode(gpu.uuid, false).catch(refused)
  await session.destroyComputeInstance(gpu.uuid, id, compute.id)
  await session.destroyGpuInstance(gpu.uuid, id)
  return { placed, profiles, compute, state, processes, refusals }
}

test.each(drivers)('the answers of driver %s fit its header', async (driver) => {
  const store = join(folder, driver)
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig, T4', { driver, store })
  machine.addProcess({ pid: 4711, gpu: 1, name: 'worker', memoryMiB: 100 })
  machine.addProcess({ pid: 4712, gpu: 1, name: 'Xorg', kind: 'graphics' })
  const answered = await workOn(machine.library)

  // Another library has another machine of the environment, which opens at its first call.
  vi.stubEnv('MIG_SIMULATOR_STORE', store)
  const path = join(simulatorFolder({ driver }), 'libnvidia-ml.so.1')
  expect(await workOn({ path })).toEqual(answered)
})
