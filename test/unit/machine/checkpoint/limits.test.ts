import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { checkpointMig, restoreMig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { CheckpointInput, MigCheckpoint } from '../../../../types/machine/checkpoint.js'
import { rejectionOf } from '../../../support/errors.js'
import { fakeRoot } from '../../../support/root-tree.js'

const instance = {
  profileId: 19,
  profileName: '1g.5gb',
  placement: { start: 0, size: 1 },
  computeInstances: [],
}

async function refusalOf(
  edit: (checkpoint: MigCheckpoint) => CheckpointInput,
): Promise<{ readonly code: string; readonly message: string }> {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  const edited = edit(await checkpointMig({ library }))
  const { code, message } = await rejectionOf(restoreMig(edited, { library }))
  expect(machine.callCounts().changing).toBe(0)
  return { code, message }
}

const withInstances = (count: number) => (checkpoint: MigCheckpoint) => ({
  ...checkpoint,
  gpus: checkpoint.gpus.map((gpu) => ({ ...gpu, gpuInstances: Array(count).fill(instance) })),
})

test('a checkpoint with more GPU instances than any GPU can have is rejected by their number', async () => {
  for (const count of [65, 4000]) {
    expect(await refusalOf(withInstances(count))).toEqual({
      code: 'MIG_CHECKPOINT_INVALID',
      message: `The checkpoint is not valid: gpus[0].gpuInstances has ${count} items, and there can be at most 64`,
    })
  }
  // This number is accepted, and each is checked.
  expect((await refusalOf(withInstances(64))).message).toContain('1g.5gb at 0:1 and 1g.5gb at 0:1')
})

test('a checkpoint with too many compute instances or GPUs is rejected by their number, also one of mig-parted', async () => {
  const part = { profileId: 0, name: '1g.5gb', sliceCount: 1, placement: null }
  const crowded = { ...instance, computeInstances: Array(65).fill(part) }
  expect(
    (
      await refusalOf((checkpoint) => ({
        ...checkpoint,
        gpus: checkpoint.gpus.map((gpu) => ({ ...gpu, gpuInstances: [crowded] })),
      }))
    ).message,
  ).toContain('gpus[0].gpuInstances[0].computeInstances has 65 items')
  expect(
    (
      await refusalOf((checkpoint) => ({
        ...checkpoint,
        gpus: Array(249).fill(checkpoint.gpus[0]),
      }))
    ).message,
  ).toContain('gpus has 249 items, and there can be at most 248')
  const parted = {
    ProfileID: 0,
    Placement: { Start: 0, Size: 1 },
    ComputeInstances: null,
  }
  expect(
    (
      await refusalOf(({ gpus }) => ({
        Version: 'v1',
        MigState: {
          Devices: gpus.map(({ uuid }) => ({
            UUID: uuid,
            MigMode: 1,
            GpuInstances: Array(65).fill(parted),
          })),
        },
      }))
    ).message,
  ).toContain('MigState.Devices[0].GpuInstances has 65 items')
})

test('a checkpoint file of more than 1 MiB is rejected, as a path and as a URL', async () => {
  const path = join(fakeRoot(), 'checkpoint.json')
  for (const file of [path, pathToFileURL(path)]) {
    const { code, message } = await refusalOf((checkpoint) => {
      const text = JSON.stringify(checkpoint)
      writeFileSync(path, text + ' '.repeat(2 ** 20 + 1 - text.length))
      return file
    })
    expect(code).toBe('MIG_CHECKPOINT_INVALID')
    expect(message).toBe(`The checkpoint ${file} is longer than 1 MiB`)
  }
})

test('a checkpoint file of 1 MiB is read', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  const path = join(fakeRoot(), 'checkpoint.json')
  const text = JSON.stringify(await checkpointMig({ library }))
  writeFileSync(path, text + ' '.repeat(2 ** 20 - text.length))
  expect((await restoreMig(path, { library })).outcome).toBe('unchanged')
})

test.each<[string, (checkpoint: MigCheckpoint) => object, RegExp]>([
  ['gpus that are no list', () => ({ gpus: {} }), /gpus must be a list/],
  [
    'a negative id',
    ({ gpus }) => ({
      gpus: gpus.map((gpu) => ({ ...gpu, gpuInstances: [{ ...instance, profileId: -1 }] })),
    }),
    /gpus\[0\]\.gpuInstances\[0\]\.profileId must be 0 or more/,
  ],
  [
    'a mode that is no boolean',
    ({ gpus }) => ({ gpus: gpus.map((gpu) => ({ ...gpu, mig: { enabled: 1, pending: true } })) }),
    /gpus\[0\]\.mig\.enabled must be true or false/,
  ],
  [
    'a UUID that is none',
    ({ gpus }) => ({ gpus: gpus.map((gpu) => ({ ...gpu, uuid: '../GPU' })) }),
    /gpus\[0\]\.uuid must be the UUID of a GPU/,
  ],
])(
  'a checkpoint with %s is rejected with where it stands and what must be there',
  async (_what, change, says) => {
    const { code, message } = await refusalOf((checkpoint) => ({
      ...checkpoint,
      ...change(checkpoint),
    }))
    expect(code).toBe('MIG_CHECKPOINT_INVALID')
    expect(message).toMatch(says)
  },
)
