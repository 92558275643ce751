import { describe, expect, test } from 'vitest'
import { cdiSpec, listContainerDevices, plannedState } from '../../../lib/containers.js'
import { applyMigConfig, planMigConfig, readMigState } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { PlannedDevice, PlannedState } from '../../../types/containers/planned.js'
import type { MigState } from '../../../types/model/state.js'
import { migErrorOf } from '../../support/errors.js'
import { divide, readWithRoot } from '../../support/machine-root.js'
import { stateOf } from '../../support/state.js'

type Wanted = Readonly<Record<string, number>>

// The driver decides: what was known or expected before the apply is compared with what it then gave.
describe.each([
  ['A100-SXM4-40GB', { '3g.20gb': 1, '1g.5gb': 1 }, { '3g.20gb': 1, '2g.10gb': 1, '1g.5gb': 1 }],
  ['A100-SXM4-40GB +swapped', { '3g.20gb': 1, '1g.5gb': 1 }, { '3g.20gb': 1, '1g.5gb': 3 }],
  ['H100 80GB HBM3', { '3g.40gb': 2 }, { '3g.40gb': 1, '1c.3g.40gb': 2 }],
  [
    'H100 PCIe +swapped',
    { '1g.10gb': 2, '3g.40gb': 1 },
    { '2g.20gb': 1, '1g.10gb+me': 1, '3g.40gb': 1 },
  ],
  ['A30', { '1g.6gb': 1 }, { '2g.12gb': 1, '1g.6gb': 2 }],
  [
    'NVIDIA RTX PRO 6000 Blackwell Server Edition',
    { '1g.24gb': 1 },
    { '2g.48gb': 1, '1g.24gb+gfx': 1 },
  ],
])('before a plan on %s', (model, before, after) => {
  test(`what is known or expected on a ${model} is what the driver then gives`, async () => {
    using machine = createSimulatedMachine(model)
    await divide(machine, { 0: before })
    const planned = await planFor(await readWithRoot(machine), machine, after)
    await divide(machine, { 0: after })
    const state = await readWithRoot(machine)
    expect(planned.devices.length).toBe(Object.values(after).reduce((sum, count) => sum + count, 0))
    expect(planned.devices.every(({ certainty }) => certainty.ids !== 'unknown')).toBe(true)
    expect(planned.devices.map(identify).sort()).toEqual(
      listContainerDevices(state)
        .map((device) =>
          device.kind === 'mig'
            ? identify({
                ...device,
                index: device.names.index,
                computePlacement: device.computePlacement,
              })
            : '',
        )
        .sort(),
    )
    const found = new Map(
      listContainerDevices(state).map((each) => [each.names.index, each.names.uuid]),
    )
    for (const { index, uuid, certainty } of planned.devices) {
      if (certainty.uuid === 'unknown') expect(uuid).toBeNull()
      else expect(found.get(index ?? '')).toBe(uuid)
    }
    const namesOf = (of: MigState): readonly object[] =>
      cdiSpec(of, { names: ['index'] }).devices.map((device) => device)
    expect(namesOf(planned.state)).toEqual(namesOf(state))
  })
})

describe('what is not known before a plan runs', () => {
  test('on an empty GPU of a model with two kinds of boards, ids of halves are unknown, that of the whole GPU is expected', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const state = await readWithRoot(machine)
    const halves = await planFor(state, machine, { '3g.20gb': 2 })
    expect(
      halves.devices.map(({ certainty, gpuInstanceId, index }) => [
        certainty,
        gpuInstanceId,
        index,
      ]),
    ).toEqual(
      Array.from({ length: 2 }, () => [
        { ids: 'unknown', index: 'unknown', uuid: 'unknown' },
        null,
        null,
      ]),
    )
    expect(halves.state.gpus).toEqual([])
    const whole = await planFor(state, machine, { '7g.40gb': 1 })
    expect(whole.devices).toMatchObject([
      { gpuInstanceId: 0, index: '0:0', certainty: { ids: 'expected', index: 'expected' } },
    ])
  })

  test('the UUID of a device with new ids is unknown; that of one with the ids of an older device is expected', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    await divide(machine, { 0: { '3g.20gb': 1 } })
    const state = await readWithRoot(machine)
    const old = listContainerDevices(state)[0]?.names.uuid
    const { devices } = await planFor(state, machine, { '1c.3g.20gb': 1, '1g.5gb': 1 })
    const byName = new Map(devices.map((device) => [device.name, device]))
    // MIG User Guide: the full 3g.20gb, and the first 1c.3g.20gb created after it.
    expect(byName.get('1c.3g.20gb')).toMatchObject({ uuid: old, certainty: { uuid: 'expected' } })
    expect(byName.get('1g.5gb')).toMatchObject({ uuid: null, certainty: { uuid: 'unknown' } })
  })

  test('a device that stays is known, and its index is only expected beside a new device', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB')
    await divide(machine, { 0: { '3g.20gb': 1 }, 1: { '3g.20gb': 1 } })
    const state = await readWithRoot(machine)
    const config = {
      version: 'v1',
      'mig-configs': {
        wanted: [
          { devices: [0], 'mig-enabled': true, 'mig-devices': { '3g.20gb': 1 } },
          { devices: [1], 'mig-enabled': true, 'mig-devices': { '3g.20gb': 1, '1g.5gb': 1 } },
        ],
      },
    } as const
    const plan = await planMigConfig(config, { library: machine.library })
    const kept = plannedState(state, plan).devices.filter(({ origin }) => origin === 'kept')
    expect(kept.map(({ gpuIndex, certainty }) => [gpuIndex, certainty])).toEqual([
      [0, { ids: 'known', index: 'known', uuid: 'known' }],
      [1, { ids: 'known', index: 'expected', uuid: 'known' }],
    ])
  })

  test('GPUs that a plan does not name stay as they are, and a GPU with MIG off is a device again', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB')
    await divide(machine, { 0: { '3g.20gb': 1 }, 1: { '3g.20gb': 1 } })
    const state = await readWithRoot(machine)
    const off = {
      version: 'v1',
      'mig-configs': { off: [{ devices: [0], 'mig-enabled': false, 'mig-devices': {} }] },
    } as const
    const planned = plannedState(state, await planMigConfig(off, { library: machine.library }))
    expect(listContainerDevices(planned.state).map(({ names }) => names.index)).toEqual([
      '0',
      '1:0',
    ])
    await applyMigConfig(off, { library: machine.library })
    expect(cdiSpec(planned.state)).toEqual(cdiSpec(await readWithRoot(machine)))
  })

  test('a new compute instance is expected to get the lowest id that is free, and the UUID that this id had', () => {
    const divided = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@4:1c,1c,1c'] }])
    const [gpu] = divided.gpus
    const [first, second] = gpu?.gpuInstances[0]?.computeInstances ?? []
    if (gpu === undefined || first === undefined || second === undefined) throw new Error('no GPU')
    const at = { gpu: gpu.uuid, gpuIndex: 0, gpuInstancePlacement: { start: 4, size: 4 } }
    const destroyed = [first, second].map(({ id, placement, ...compute }) => ({
      ...at,
      ...compute,
      kind: 'destroy-compute-instance' as const,
      gpuInstanceId: 2,
      computeInstanceId: id,
      placement,
    }))
    const created = {
      ...at,
      kind: 'create-compute-instance' as const,
      gpuInstanceProfileId: 9,
      name: '1c.3g.20gb',
      sliceCount: 1,
      placement: { start: 1, size: 1 },
    }
    const plan = {
      config: 'x',
      warnings: [],
      gpus: [
        {
          gpu: gpu.uuid,
          gpuIndex: 0,
          entry: 0,
          steps: [...destroyed, created],
          target: { migEnabled: true, gpuInstances: [] },
        },
      ],
    }
    const devices = plannedState(divided, plan).devices
    expect(devices.map((each) => [each.origin, each.computeInstanceId, each.uuid])).toEqual([
      ['created', 0, first.uuid],
      ['kept', 2, gpu.gpuInstances[0]?.computeInstances[2]?.uuid],
    ])
  })

  test.each([true, false])(
    'a mode that a plan leaves pending does not make the GPU a device of another kind: MIG on is %s',
    (enabled) => {
      const before = stateOf([{ key: 'a100-40gb', migEnabled: enabled }])
      const [gpu] = before.gpus
      if (gpu === undefined) throw new Error('no GPU')
      const step = {
        kind: 'set-mig-mode' as const,
        gpu: gpu.uuid,
        gpuIndex: 0,
        enabled: !enabled,
        needsReset: true as const,
        staysPending: true as const,
      }
      const target = { migEnabled: enabled, gpuInstances: [] }
      const gpus = [{ gpu: gpu.uuid, gpuIndex: 0, entry: 0, steps: [step], target }]
      const { state } = plannedState(before, { config: 'x', warnings: [], gpus })
      expect(state.gpus[0]?.mig).toEqual({ enabled, pending: !enabled })
    },
  )

  test('on a model that the catalog lacks, the ids of new instances are not known', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    const plan = await planMigConfig(sizes({ '3g.20gb': 1 }), { library })
    const state = await readMigState({ library })
    const gpus = state.gpus.map((gpu) => ({ ...gpu, name: 'NVIDIA X1', pciDeviceId: 0x123410de }))
    const { devices } = plannedState({ ...state, gpus }, plan)
    expect(devices).toMatchObject([
      { name: '3g.20gb', gpuInstanceId: null, index: null, certainty: { ids: 'unknown' } },
    ])
  })

  test('a plan of another machine is refused', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const state = await readWithRoot(machine)
    const plan = await planMigConfig(sizes({ '3g.20gb': 1 }), { library: machine.library })
    expect(migErrorOf(() => plannedState({ ...state, gpus: [] }, plan)).code).toBe(
      'MIG_GPU_NOT_FOUND',
    )
  })

  test('a plan that was made from another state is refused where its steps do not fit', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    await divide(machine, { 0: { '3g.20gb': 1 } })
    const plan = await planMigConfig(sizes({ '1c.3g.20gb': 1 }), { library: machine.library })
    await divide(machine, { 0: { '1g.5gb': 1 } })
    const now = await readMigState({ library: machine.library })
    expect(migErrorOf(() => plannedState(now, plan)).hint).toContain('plan again')
  })

  test.each<[string, Wanted, Wanted, RegExp]>([
    ['destroys what is gone', { '3g.20gb': 1 }, {}, /destroys a GPU instance that GPU 0/],
    ['creates where another is', {}, { '7g.40gb': 1 }, /creates a GPU instance where GPU 0/],
  ])('a plan from another state that %s is refused', async (_what, then, later, message) => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    await divide(machine, { 0: then })
    const plan = await planMigConfig(sizes({ '2g.10gb': 1 }), { library })
    await divide(machine, { 0: later })
    const now = await readMigState({ library })
    // Only the steps of GPU instances: those of compute instances do not fit either.
    const gpus = plan.gpus.map((gpu) => ({
      ...gpu,
      steps: gpu.steps.filter(({ kind }) => kind.endsWith('-gpu-instance')),
    }))
    const error = migErrorOf(() => plannedState(now, { ...plan, gpus }))
    expect(error.code).toBe('MIG_GPU_NOT_FOUND')
    expect(error.message).toMatch(message)
  })
})

async function planFor(
  state: MigState,
  machine: ReturnType<typeof createSimulatedMachine>,
  wanted: Wanted,
): Promise<PlannedState> {
  return plannedState(state, await planMigConfig(sizes(wanted), { library: machine.library }))
}

function sizes(wanted: Wanted): Parameters<typeof planMigConfig>[0] {
  return {
    version: 'v1',
    'mig-configs': {
      wanted: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': { ...wanted } }],
    },
  }
}

function identify({
  name,
  gpuInstanceId,
  computeInstanceId,
  index,
  computePlacement,
}: Pick<
  PlannedDevice,
  'name' | 'gpuInstanceId' | 'computeInstanceId' | 'index' | 'computePlacement'
>): string {
  return `${index} ${name} ${gpuInstanceId}/${computeInstanceId} ${computePlacement?.start}`
}
