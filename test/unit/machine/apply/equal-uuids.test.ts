// Two compute instances of one GPU instance, made one after the other, may share a UUID. MIG User
// Guide, A100: the full 3g.20gb and the first 1c.3g.20gb after it.
import { expect, test } from 'vitest'
import {
  applyMigConfig,
  checkpointMig,
  restoreMig,
  watchMigState,
  withMigConfig,
} from '../../../../lib/index.js'
import { compareDevices } from '../../../../lib/machine/apply/report-devices.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { LibraryRef } from '../../../../types/machine/options.js'
import type { MigChange } from '../../../../types/machine/watch.js'
import type { ComputeInstance, GpuState } from '../../../../types/model/state.js'
import { readMigState } from '../../../support/read-state.js'
import { wantOnAll } from '../../../support/wanted.js'
import { nextOf } from '../../../support/watching.js'

const full = wantOnAll({ '3g.20gb': 1 })
const parts = wantOnAll({ '1c.3g.20gb': 3 })
const never = 1e6

async function devices(library: LibraryRef): Promise<readonly ComputeInstance[]> {
  const { gpus } = await readMigState({ library })
  return gpus.flatMap(({ gpuInstances }) =>
    gpuInstances.flatMap(({ computeInstances }) => computeInstances),
  )
}

const namesOf = (list: readonly ComputeInstance[]) => list.map(({ name }) => name)

test('a 3g and the 1c that takes over its UUID are two devices in the report of an apply', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(full, { library })
  const [uuid] = (await devices(library)).map((device) => device.uuid)
  const { gpus } = await applyMigConfig(parts, { library })
  expect((await devices(library)).map((device) => device.uuid)).toContain(uuid)
  expect(gpus[0]?.devices.kept).toEqual([])
  expect(gpus[0]?.devices.destroyed).toEqual([uuid])
  expect(gpus[0]?.devices.created).toHaveLength(3)
  expect(gpus[0]?.devices.created).toContain(uuid)
})

test('a 3g that another program replaced by a 1c with the same UUID is not reported as kept', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  const read = async () => (await readMigState({ library })).gpus[0] as GpuState
  await applyMigConfig(full, { library })
  const before = await read()
  const [uuid] = (await devices(library)).map((device) => device.uuid)
  await applyMigConfig(wantOnAll({ '1c.3g.20gb': 1 }), { library })
  const compared = compareDevices([], [], before, await read())
  expect(compared).toEqual({ created: [uuid], destroyed: [uuid], kept: [] })
})

test('watchMigState reports a 3g as destroyed and the 1c with the same UUID as created', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(full, { library })
  const [uuid] = (await devices(library)).map((device) => device.uuid)
  await using watch = watchMigState({ library, intervalMs: never })
  await nextOf(watch)
  await applyMigConfig(parts, { library })
  const changes: MigChange[] = []
  while (changes.filter(({ kind }) => kind === 'compute-instance-created').length < 3)
    changes.push(...(await nextOf(watch)).changes)
  const named = changes.flatMap((change) =>
    'computeInstance' in change && change.computeInstance.uuid === uuid
      ? [`${change.kind} ${change.computeInstance.name}`]
      : [],
  )
  expect(named).toEqual([
    'compute-instance-destroyed 3g.20gb',
    'compute-instance-created 1c.3g.20gb',
  ])
})

test('a checkpoint with a 3g does not count as restored while a 1c has the UUID of that 3g', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(full, { library })
  const before = await devices(library)
  const checkpoint = await checkpointMig({ library })
  await applyMigConfig(wantOnAll({ '1c.3g.20gb': 1 }), { library })
  const between = await devices(library)
  expect(between.map(({ uuid }) => uuid)).toEqual(before.map(({ uuid }) => uuid))
  expect(namesOf(between)).toEqual(['1c.3g.20gb'])
  expect((await restoreMig(checkpoint, { library })).outcome).toBe('applied')
  expect(await devices(library)).toEqual(before)
})

test('withMigConfig restores a 3g after work on a 1c that had the same UUID', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(full, { library })
  const before = await devices(library)
  const work = async () => namesOf(await devices(library))
  const during = await withMigConfig(wantOnAll({ '1c.3g.20gb': 1 }), work, { library })
  expect(during).toEqual(['1c.3g.20gb'])
  expect(await devices(library)).toEqual(before)
})

test('keep with a UUID keeps the device that has it now, not one that had it before', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(full, { library })
  const [uuid] = (await devices(library)).map((device) => device.uuid)
  if (uuid === undefined || uuid === null) throw new Error('no UUID')
  await applyMigConfig(parts, { library })
  const keeping = {
    version: 'mig-nvml/v1',
    'mig-configs': { kept: [{ devices: 'all', 'mig-devices': { '1c.3g.20gb': 1 }, keep: [uuid] }] },
  } as const
  const { gpus } = await applyMigConfig(keeping, { library })
  expect(gpus[0]?.devices).toMatchObject({ created: [], kept: [uuid] })
  expect(namesOf(await devices(library))).toEqual(['1c.3g.20gb'])
})
