import { expect, test } from 'vitest'
import { applyMigConfig, checkpointMig, restoreMig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { CheckpointGpu, MigCheckpoint } from '../../../../types/machine/checkpoint.js'
import { rejectionOf } from '../../../support/errors.js'
import { wantOnAll } from '../../../support/wanted.js'

async function checkpointOf(spec: string, devices: Record<string, number>): Promise<MigCheckpoint> {
  using machine = createSimulatedMachine(spec)
  const library = machine.library
  await applyMigConfig(wantOnAll(devices), { library })
  return await checkpointMig({ library })
}

function edit(
  { gpus, ...rest }: MigCheckpoint,
  change: (gpu: CheckpointGpu) => Partial<CheckpointGpu>,
): MigCheckpoint {
  return { ...rest, gpus: gpus.map((gpu) => ({ ...gpu, ...change(gpu) })) }
}

// Simulated machines have the same UUIDs whatever their models: a checkpoint may be of another GPU.
test('a checkpoint of another model is rejected even if its ids and placements would fit', async () => {
  const checkpoint = await checkpointOf('A100-SXM4-40GB +mig', { '3g.20gb': 2 })
  using machine = createSimulatedMachine('H100-80GB-SXM +mig')
  expect(machine.describe().gpus[0]?.uuid).toBe(checkpoint.gpus[0]?.uuid)
  const { code, message } = await rejectionOf(restoreMig(checkpoint, { library: machine.library }))
  expect(code).toBe('MIG_CHECKPOINT_INVALID')
  expect(message).toMatch(/A100-SXM4-40GB.*H100/)
  expect(machine.callCounts().changing).toBe(0)
})

test.each<[string, (gpu: CheckpointGpu) => Partial<CheckpointGpu>, RegExp]>([
  ['another name', () => ({ name: 'NVIDIA A100-SXM4-80GB' }), /A100-SXM4-80GB/],
  [
    'another profile under that id',
    ({ gpuInstances }) => ({
      gpuInstances: gpuInstances.map((instance) => ({ ...instance, profileName: '1g.5gb' })),
    }),
    /1g\.5gb.*3g\.20gb/,
  ],
  [
    'MIG off, and GPU instances',
    () => ({ mig: { enabled: false, pending: false } }),
    /MIG mode off.*GPU instances/,
  ],
])('a checkpoint with %s is rejected before anything changes', async (_, change, says) => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library })
  const checkpoint = await checkpointMig({ library })
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library })
  machine.resetCallCounts()
  const error = await rejectionOf(restoreMig(edit(checkpoint, change), { library }))
  expect(error.code).toBe('MIG_CHECKPOINT_INVALID')
  expect(error.message).toMatch(says)
  expect(machine.callCounts().changing).toBe(0)
})

test('a checkpoint of mig-parted with MIG off and GPU instances is rejected', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const UUID = machine.describe().gpus[0]?.uuid ?? ''
  const GpuInstances = [{ ProfileID: 0, Placement: { Start: 1, Size: 1 }, ComputeInstances: null }]
  const parted = { MigState: { Devices: [{ UUID, MigMode: 0, GpuInstances }] } }
  const { code } = await rejectionOf(restoreMig(parted, { library: machine.library }))
  expect(code).toBe('MIG_CHECKPOINT_INVALID')
  expect(machine.callCounts().changing).toBe(0)
})

test('a model name without the maker, as of older drivers, is the same model', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  const checkpoint = await checkpointMig({ library })
  const older = edit(checkpoint, ({ name }) => ({ name: name.replace('NVIDIA ', '') }))
  expect(older.gpus[0]?.name).not.toBe(checkpoint.gpus[0]?.name)
  expect((await restoreMig(older, { library })).outcome).toBe('unchanged')
})
