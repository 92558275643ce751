import { describe, expect, test } from 'vitest'
import { openSession } from '../../../../lib/driver/session.js'
import { applyMigConfig, watchMigState } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { wantOnAll } from '../../../support/wanted.js'
import { changesUntil, nextOf } from '../../../support/watching.js'

const never = 1e6
const often = 5
const withMig = { model: 'A100-SXM4-40GB', migEnabled: true } as const

test('the first update has the state of the machine and no changes', async () => {
  using machine = createSimulatedMachine([{ ...withMig, count: 2 }])
  await using watch = watchMigState({ library: machine.library, intervalMs: never })
  const { changes, state } = await nextOf(watch)
  expect(changes).toEqual([])
  expect(state.gpus.map(({ uuid }) => uuid)).toEqual(
    machine.describe().gpus.map(({ uuid }) => uuid),
  )
})

test('a watch reports the instances that an apply creates, with their GPU', async () => {
  using machine = createSimulatedMachine([{ ...withMig, count: 2 }])
  const library = machine.library
  await using watch = watchMigState({ library, intervalMs: never })
  const first = await nextOf(watch)
  const config = {
    version: 'v1',
    'mig-configs': {
      half: [{ devices: [1], 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } }],
    },
  } as const
  await applyMigConfig(config, { library })
  const changes = []
  let state = first.state
  // The driver sends an event for each change, so they may come in several updates.
  while (state.gpus[1]?.gpuInstances?.flatMap((each) => each.computeInstances).length !== 2) {
    const update = await nextOf(watch)
    changes.push(...update.changes)
    state = update.state
  }
  expect(changes.map((change) => 'gpuIndex' in change && change.gpuIndex)).toEqual([1, 1, 1, 1])
  expect(changes.map(({ kind }) => kind).sort()).toEqual([
    'compute-instance-created',
    'compute-instance-created',
    'gpu-instance-created',
    'gpu-instance-created',
  ])
  // A GPU that has not changed is the same object.
  expect(state.gpus[0]).toBe(first.state.gpus[0])
  expect(state.gpus[1]).not.toBe(first.state.gpus[1])
})

test('changes that occur between two reads of the iterator come in one update', async () => {
  using machine = createSimulatedMachine([withMig])
  const library = machine.library
  await using watch = watchMigState({ library, intervalMs: often })
  await nextOf(watch)
  await applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library })
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library })
  const { changes } = await nextOf(watch)
  const kinds = changes.map((change) => change.kind)
  expect(kinds).toEqual(['gpu-instance-created', 'compute-instance-created'])
})

describe('the mode', () => {
  test('a changed mode is reported with the mode before and the mode after', async () => {
    using machine = createSimulatedMachine('H100-80GB-SXM')
    const library = machine.library
    // The driver sends no event for a mode; polling every second finds it.
    await using watch = watchMigState({ library, intervalMs: often })
    await nextOf(watch)
    await applyMigConfig(wantOnAll({}), { library })
    expect(await changesUntil(watch, 'mig-mode')).toMatchObject([
      {
        kind: 'mig-mode',
        gpuIndex: 0,
        before: { enabled: false, pending: false },
        after: { enabled: true, pending: true },
      },
    ])
  })

  // open-gpu-kernel-modules 595.45.04: setting the partitioning mode raises no event.
  test('a mode that another client sets is found by polling', async () => {
    using machine = createSimulatedMachine('H100-80GB-SXM')
    const library = machine.library
    await using watch = watchMigState({ library })
    const { state } = await nextOf(watch)
    await using session = await openSession({ library })
    await session.setMigMode(state.gpus[0]?.uuid ?? 'GPU-', true)
    expect(await changesUntil(watch, 'mig-mode')).toMatchObject([
      { before: { enabled: false, pending: false }, after: { enabled: true, pending: true } },
    ])
  })

  test('a mode that becomes pending is a change, found by polling', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
    const library = machine.library
    await using watch = watchMigState({ library, intervalMs: often })
    const { state } = await nextOf(watch)
    await using session = await openSession({ library })
    await session.setMigMode(state.gpus[0]?.uuid ?? 'GPU-', true)
    expect(await changesUntil(watch, 'mig-mode')).toMatchObject([
      { before: { enabled: false, pending: false }, after: { enabled: false, pending: true } },
    ])
  })
})

test('a destroyed compute instance is reported without a change of its GPU instance', async () => {
  using machine = createSimulatedMachine([withMig])
  const library = machine.library
  await applyMigConfig(wantOnAll({ '3g.20gb': 1 }), { library })
  await using watch = watchMigState({ library, intervalMs: never })
  const [gpu] = (await nextOf(watch)).state.gpus
  const [instance] = gpu?.gpuInstances ?? []
  await using session = await openSession({ library })
  await session.destroyComputeInstance(gpu?.uuid ?? 'GPU-', instance?.id ?? -1, 0)
  const { changes, state } = await nextOf(watch)
  expect(changes).toMatchObject([
    { kind: 'compute-instance-destroyed', gpuInstance: { id: instance?.id } },
  ])
  expect(state.gpus[0]?.gpuInstances).toMatchObject([{ id: instance?.id, computeInstances: [] }])
})
