import { describe, expect, test } from 'vitest'
import { isMigError, type MigError } from '../../../../lib/errors.js'
import { resolveCheckpoint } from '../../../../lib/machine/checkpoint/resolve-checkpoint.js'
import { takeCheckpoint } from '../../../../lib/machine/checkpoint/take-checkpoint.js'
import type { MigCheckpoint, PartedDevice } from '../../../../types/machine/checkpoint.js'
import type { GpuState, ListedMigState } from '../../../../types/model/state.js'
import { stateOf } from '../../../support/state.js'

const divided = stateOf([
  { key: 'a100-40gb', instances: ['3g.20gb@0'] },
  { key: 'a100-40gb', instances: ['1g.5gb@6'] },
  { key: 'a100-40gb', migEnabled: false },
])

function withGpu(state: ListedMigState, index: number, fields: Partial<GpuState>): ListedMigState {
  return {
    ...state,
    gpus: state.gpus.map((gpu) => (gpu.index === index ? { ...gpu, ...fields } : gpu)),
  }
}

function withoutGpu(state: ListedMigState, index: number, uuid: GpuState['uuid'] | null = null) {
  return {
    ...state,
    gpus: state.gpus.filter((gpu) => gpu.index !== index),
    lostGpus: [{ index, uuid }],
  }
}

function own(checkpoint: MigCheckpoint, state: ListedMigState, asksAgain = false) {
  return resolveCheckpoint({ kind: 'own', checkpoint }, state, asksAgain)
}

function parted(Devices: readonly PartedDevice[] | null, state: ListedMigState) {
  return resolveCheckpoint({ kind: 'parted', checkpoint: { MigState: { Devices } } }, state)
}

function refusalOf(resolve: () => unknown): MigError {
  try {
    resolve()
  } catch (error) {
    if (isMigError(error)) return error
    throw error
  }
  throw new Error('it was resolved')
}

function uuidAt(index: number): GpuState['uuid'] {
  const gpu = divided.gpus[index]
  if (gpu === undefined) throw new Error('no such GPU')
  return gpu.uuid
}

describe('the GPUs of a checkpoint', () => {
  test('a checkpoint wants of each GPU what it had, in order of their indexes now', () => {
    const checkpoint = takeCheckpoint(divided)
    const turned = { ...checkpoint, gpus: checkpoint.gpus.toReversed() }
    const { gpus } = own(turned, divided)
    expect(
      gpus.map(({ gpu, migEnabled, placements }) => [
        gpu.index,
        migEnabled,
        placements?.map(({ profileName, placement }) => `${profileName}@${placement.start}`),
      ]),
    ).toEqual([
      [0, true, ['3g.20gb@0']],
      [1, true, ['1g.5gb@6']],
      [2, false, []],
    ])
  })

  test('a lost GPU without a UUID keeps no checkpoint from being restored whose GPUs are all there', () => {
    const checkpoint = takeCheckpoint(divided)
    const others = { ...checkpoint, gpus: checkpoint.gpus.slice(0, 2) }
    expect(own(others, withoutGpu(divided, 2)).gpus).toHaveLength(2)
  })

  test('a missing GPU may be the lost one that has no UUID, and the error names both', () => {
    const error = refusalOf(() => own(takeCheckpoint(divided), withoutGpu(divided, 2)))
    expect(error.code).toBe('MIG_GPU_LOST')
    expect(error.message).toContain('GPU 2 has fallen off the bus')
    expect(error.message).toContain(uuidAt(2))
    expect(error.message).not.toContain(uuidAt(1))
  })

  test('a lost GPU with another UUID does not explain a missing one', () => {
    const [stranger] = stateOf([{ key: 'none', count: 9 }]).gpus.slice(-1)
    const state = withoutGpu(divided, 2, stranger?.uuid ?? null)
    expect(refusalOf(() => own(takeCheckpoint(divided), state)).code).toBe('MIG_GPU_NOT_FOUND')
  })

  test('a checkpoint cannot be taken of a machine with a lost GPU, and the error names it', () => {
    const error = refusalOf(() => takeCheckpoint(withoutGpu(divided, 1)))
    expect(error.code).toBe('MIG_GPU_LOST')
    expect(error.message).toContain('GPU 1 ')
  })

  test('a checkpoint leaves out GPUs that cannot do MIG', () => {
    const state = stateOf([{ key: 'none' }, { key: 'a100-40gb', instances: [] }])
    expect(takeCheckpoint(state).gpus.map(({ index }) => index)).toEqual([1])
  })
})

describe('a GPU that cannot do MIG', () => {
  const incapable = withGpu(divided, 2, { mig: null })

  test('a checkpoint of ours that has its MIG mode is refused, on or off', () => {
    const error = refusalOf(() => own(takeCheckpoint(divided), incapable))
    expect(error.code).toBe('MIG_NOT_SUPPORTED')
    expect(error.message).toContain(uuidAt(2))
    expect(error.message).not.toContain(uuidAt(1))
  })

  test('a checkpoint of mig-parted may list it with MIG off, and wants nothing of it', () => {
    const devices = [
      { UUID: uuidAt(1), MigMode: 0, GpuInstances: null },
      { UUID: uuidAt(2), MigMode: 0, GpuInstances: null },
    ]
    expect(parted(devices, incapable).gpus.map(({ gpu }) => gpu.index)).toEqual([1])
  })

  test('a checkpoint of mig-parted that has MIG on there is refused', () => {
    const devices = [{ UUID: uuidAt(2), MigMode: 1, GpuInstances: null }]
    expect(refusalOf(() => parted(devices, incapable)).code).toBe('MIG_NOT_SUPPORTED')
  })

  test('a checkpoint of mig-parted without GPUs wants nothing', () => {
    expect(parted(null, incapable).gpus).toEqual([])
    expect(parted([], incapable).gpus).toEqual([])
  })
})

describe('a mode that waited for a reset when the checkpoint was taken', () => {
  const waiting = withGpu(divided, 2, { mig: { enabled: false, pending: true } })
  const pendingOf = (state: ListedMigState, asksAgain: boolean) =>
    own(takeCheckpoint(waiting), state, asksAgain).gpus.map(({ migPending }) => migPending)

  test('the mode stays requested where it still waits', () => {
    expect(pendingOf(waiting, false)).toEqual([undefined, undefined, true])
  })

  test('the mode is requested again only where the restore asks for it', () => {
    expect(pendingOf(divided, false)).toEqual([undefined, undefined, undefined])
    expect(pendingOf(divided, true)).toEqual([undefined, undefined, true])
  })

  test('a mode that waits now and did not then is not part of what is wanted', () => {
    const { gpus } = own(takeCheckpoint(divided), waiting)
    expect(gpus.map(({ migEnabled, migPending }) => [migEnabled, migPending])).toEqual([
      [true, undefined],
      [true, undefined],
      [false, undefined],
    ])
  })
})

test('a checkpoint of mig-parted with instances needs a driver that says how the GPU can be divided', () => {
  const unknown = withGpu(divided, 2, {
    geometry: null,
    name: 'NVIDIA X1',
    pciDeviceId: 0x123410de,
  })
  const Placement = { Start: 0, Size: 1 }
  const instances = [{ ProfileID: 0, Placement, ComputeInstances: null }]
  const devices = [{ UUID: uuidAt(2), MigMode: 1, GpuInstances: instances }]
  const { code, message, hint } = refusalOf(() => parted(devices, unknown))
  expect(code).toBe('MIG_GEOMETRY_UNKNOWN')
  expect(message).toContain('GPU 2 (NVIDIA X1)')
  expect(hint).toBeUndefined()
  // A driver of that age reports sizes only with MIG mode on.
  const older = { ...unknown, driverVersion: '450.80.02' }
  expect(refusalOf(() => parted(devices, older)).hint).toBe('turn MIG mode on first')
  const empty = [{ UUID: uuidAt(2), MigMode: 1, GpuInstances: [] }]
  expect(parted(empty, unknown).gpus).toMatchObject([{ migEnabled: true, placements: [] }])
})
