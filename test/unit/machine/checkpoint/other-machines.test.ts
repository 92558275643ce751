import { describe, expect, test } from 'vitest'
import { applyMigConfig, checkpointMig, restoreMig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigCheckpoint, PartedCheckpoint } from '../../../../types/machine/checkpoint.js'
import { readMigState } from '../../../support/read-state.js'
import { placesOf, wantOnAll } from '../../../support/wanted.js'

async function checkpointOf(spec: string, devices: Record<string, number>): Promise<MigCheckpoint> {
  using machine = createSimulatedMachine(spec)
  const library = machine.library
  await applyMigConfig(wantOnAll(devices), { library })
  return await checkpointMig({ library })
}

describe('a checkpoint that is not for this machine', () => {
  test('the error for a checkpoint of another machine names the missing GPUs, and nothing is changed', async () => {
    const checkpoint = await checkpointOf('3x A100-SXM4-40GB +mig', { '1g.5gb': 7 })
    using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
    const attempt = restoreMig(checkpoint, { library: machine.library })
    await expect(attempt).rejects.toMatchObject({ code: 'MIG_GPU_NOT_FOUND' })
    const message = await attempt.then(String, String)
    const [here, ...missing] = checkpoint.gpus.map(({ uuid }) => uuid)
    for (const uuid of missing) expect(message).toContain(uuid)
    expect(message).not.toContain(here)
    expect(machine.callCounts().changing).toBe(0)
  })

  test('a checkpoint with a lost GPU is MIG_GPU_LOST', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
    const library = machine.library
    const checkpoint = await checkpointMig({ library })
    machine.loseGpu(1)
    await expect(restoreMig(checkpoint, { library })).rejects.toMatchObject({
      code: 'MIG_GPU_LOST',
      message: expect.stringContaining(checkpoint.gpus[1]?.uuid ?? '?'),
    })
  })

  test('a checkpoint with placements that its GPU does not have is rejected before anything changes', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const library = machine.library
    await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library })
    const { gpus, ...rest } = await checkpointMig({ library })
    const [gpu] = gpus
    const [first] = gpu?.gpuInstances ?? []
    if (gpu === undefined || first === undefined) throw new Error('no instance')
    machine.resetCallCounts()
    for (const gpuInstances of [
      [{ ...first, placement: { start: 1, size: 4 } }],
      [first, first],
      [{ ...first, profileId: 99 }],
    ]) {
      const damaged = { ...rest, gpus: [{ ...gpu, gpuInstances }] }
      await expect(restoreMig(damaged, { library })).rejects.toMatchObject({
        code: 'MIG_CHECKPOINT_INVALID',
      })
    }
    expect(machine.callCounts().changing).toBe(0)
  })

  test('a checkpoint that has a GPU twice is invalid', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const library = machine.library
    const checkpoint = await checkpointMig({ library })
    const twice = { ...checkpoint, gpus: [...checkpoint.gpus, ...checkpoint.gpus] }
    await expect(restoreMig(twice, { library })).rejects.toMatchObject({
      code: 'MIG_CHECKPOINT_INVALID',
    })
  })
})

describe('a checkpoint of mig-parted', () => {
  // NVML header 13.3: profile index 2 is NVML_GPU_INSTANCE_PROFILE_3_SLICE, 0 is …_1_SLICE; compute
  // instance profile index 2 is …_3_SLICE, 1 is …_2_SLICE, 0 is …_1_SLICE.
  function partedOf(uuid: string): PartedCheckpoint {
    return {
      Version: 'v1',
      MigState: {
        Devices: [
          {
            UUID: uuid,
            MigMode: 1,
            GpuInstances: [
              {
                ProfileID: 2,
                Placement: { Start: 4, Size: 4 },
                ComputeInstances: [
                  { ProfileID: 1, EngProfileID: 0 },
                  { ProfileID: 0, EngProfileID: 0 },
                ],
              },
              { ProfileID: 0, Placement: { Start: 1, Size: 1 }, ComputeInstances: null },
            ],
          },
        ],
      },
    }
  }

  test('a checkpoint of mig-parted is translated from NVML’s indexes to this driver’s ids', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const library = machine.library
    const parted = partedOf(machine.describe().gpus[0]?.uuid ?? '')
    await restoreMig(parted, { library })
    const gpus = (await readMigState({ library })).gpus.map(placesOf)
    expect(gpus).toMatchObject([
      {
        instances: [
          { profile: '1g.5gb', placement: { start: 1, size: 1 }, devices: [] },
          { profile: '3g.20gb', placement: { start: 4, size: 4 } },
        ],
      },
    ])
    expect(
      machine
        .describe()
        .gpus[0]?.gpuInstances.flatMap(({ computeInstances }) =>
          computeInstances.map(({ placement }) => placement.size),
        ),
    ).toEqual([2, 1])
    machine.resetCallCounts()
    await restoreMig(parted, { library })
    expect(machine.callCounts().changing).toBe(0)
  })

  test('the error for a checkpoint of mig-parted names an index that this GPU does not have', async () => {
    // An A30 has no profile of three slices.
    using machine = createSimulatedMachine('A30 +mig')
    const parted = partedOf(machine.describe().gpus[0]?.uuid ?? '')
    await expect(restoreMig(parted, { library: machine.library })).rejects.toMatchObject({
      code: 'MIG_CHECKPOINT_INVALID',
      message: expect.stringContaining('index 2'),
    })
  })

  test('a checkpoint of mig-parted with MIG off turns MIG off', async () => {
    using machine = createSimulatedMachine('H100-80GB-SXM +mig')
    const library = machine.library
    const UUID = machine.describe().gpus[0]?.uuid ?? ''
    const Devices = [{ UUID, MigMode: 0, GpuInstances: null }]
    await restoreMig({ Version: 'v1', MigState: { Devices } }, { library })
    expect((await readMigState({ library })).gpus[0]?.mig?.enabled).toBe(false)
  })
})
