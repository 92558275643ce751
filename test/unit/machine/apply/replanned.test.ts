// A plan uses the catalog until a GPU instance exists. Its driver may list other placements inside.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { applyMigConfig, readMigState, recoverMig } from '../../../../lib/index.js'
import { requireListed } from '../../../../lib/model/unlisted.js'
import { openNvml } from '../../../../lib/nvml.js'
import { createSimulatedMachine, openSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import type { GpuState } from '../../../../types/model/state.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { rejectionOf } from '../../../support/errors.js'
import { wantOnAll } from '../../../support/wanted.js'
import { scratchFolder } from '../../simulator/fixtures/scratch.js'

let machines = 0

/**
 * An A100 whose driver lists the placements of an H100. The process remembers by UUID what a driver lists, so each
 * machine has another UUID.
 */
function otherMachine(options: { readonly store?: string } = {}): SimulatedMachine {
  machines += 1
  return createSimulatedMachine([{ model: 'A100-SXM4-40GB', migEnabled: true }], {
    computePlaces: 'other',
    seed: machines,
    ...options,
  })
}

/** Two of three slices each: an A100 would have the second at 3, an H100 at 4. */
const twice = wantOnAll({ '3c.7g.40gb': 2 })

function startsOf(machine: SimulatedMachine): readonly number[] {
  const instances = machine.describe().gpus[0]?.gpuInstances ?? []
  return instances.flatMap(({ computeInstances }) =>
    computeInstances.map(({ placement }) => placement.start),
  )
}

describe('when the driver lists other placements than the plan', () => {
  test('an apply replans a GPU whose driver lists other placements, and reports the steps that it ran', async () => {
    using machine = otherMachine()
    const events: ApplyEvent[] = []
    const report = await applyMigConfig(twice, {
      library: machine.library,
      onEvent: (event) => events.push(event),
    })
    expect(startsOf(machine)).toEqual([0, 4])
    expect(report.outcome).toBe('applied')
    const anew = events.flatMap((event) => (event.kind === 'replanned' ? [event] : []))
    expect(anew).toHaveLength(1)
    expect(anew[0]?.replaces.map(({ kind }) => kind)).toEqual([
      'create-compute-instance',
      'create-compute-instance',
    ])
    expect(report.gpus[0]?.steps.map(({ step: { kind }, status }) => [kind, status])).toEqual([
      ['create-gpu-instance', 'done'],
      ['create-compute-instance', 'done'],
      ['create-compute-instance', 'done'],
    ])
    expect(machine.journal().every(({ ret }) => ret === 0)).toBe(true)
  })

  test('an apply whose devices do not fit the placements of the driver is undone', async () => {
    using machine = otherMachine()
    const wanted = wantOnAll({ '3c.7g.40gb': 2, '1c.7g.40gb': 1 })
    const error = await rejectionOf(applyMigConfig(wanted, { library: machine.library }))
    expect(error).toMatchObject({
      code: 'MIG_PARTITION_INFEASIBLE',
      message: expect.stringContaining('the driver lists other places'),
      report: { outcome: 'undone' },
    })
    expect(machine.describe().gpus[0]?.gpuInstances).toEqual([])
  })

  test('a configuration that states placements is not replanned to others', async () => {
    using machine = otherMachine()
    const document = {
      version: 'mig-nvml/v1',
      'mig-configs': {
        wanted: [
          {
            devices: 'all',
            'mig-enabled': true,
            placements: [
              {
                profile: '3g.20gb',
                start: 4,
                'compute-instances': [{ profile: '2c.3g.20gb', start: 1 }],
              },
            ],
          },
        ],
      },
    } as const
    const error = await rejectionOf(applyMigConfig(document, { library: machine.library }))
    expect(error).toMatchObject({
      code: 'MIG_PARTITION_INFEASIBLE',
      message: expect.stringContaining('the configuration names them'),
    })
    expect(machine.describe().gpus[0]?.gpuInstances).toEqual([])
  })

  test('recovery undoes an apply that had replanned a GPU and could not be undone', async () => {
    // A private machine ends with its process and keeps no journal.
    using machine = otherMachine({ store: join(scratchFolder(), 'machine') })
    const library = machine.library
    const before = await onlyGpu(machine)
    const fn = 'nvmlGpuInstanceCreateComputeInstanceWithPlacement'
    machine.fail({ fn, nth: 2, error: 'NVML_ERROR_UNKNOWN' })
    machine.fail({ fn: 'nvmlComputeInstanceDestroy', times: 99, error: 'NVML_ERROR_UNKNOWN' })
    const error = await rejectionOf(applyMigConfig(twice, { library }))
    expect(error).toMatchObject({ report: { outcome: 'failed' } })
    machine.clearFaults()
    const { recovered } = await recoverMig({ library })
    expect(recovered).toMatchObject([{ outcome: 'undone' }])
    expect((await onlyGpu(machine))?.gpuInstances).toEqual(before?.gpuInstances)
  })
})

test('an apply that dies after a replan and its last step counts as finished', async () => {
  const folder = scratchFolder()
  const atDeath = scratchFolder()
  const options = { store: join(folder, 'machine') }
  using machine = otherMachine(options)
  const seen: string[] = []
  await applyMigConfig(twice, {
    library: machine.library,
    onEvent({ kind }) {
      seen.push(kind)
      // What a kill at this event leaves on the disk.
      if (kind === 'step-done') cpSync(folder, atDeath, { recursive: true })
    },
  })
  expect(seen).toContain('replanned')
  using left = openSimulatedMachine(join(atDeath, 'machine'))
  expect(startsOf(left)).toEqual([0, 4])
  const { recovered } = await recoverMig({ library: left.library })
  expect(recovered).toMatchObject([{ outcome: 'finished' }])
  expect(startsOf(left)).toEqual([0, 4])
})

// Like nvidia-smi: the driver chooses the placements of GPU instances and compute instances.
test.each(['NVML_ERROR_IN_USE', 'NVML_ERROR_INSUFFICIENT_RESOURCES'])(
  'a placement that another program took meanwhile fails the step, when the driver answers %s',
  async (error) => {
    using machine = createSimulatedMachine([{ model: 'A100-SXM4-40GB', migEnabled: true }])
    machine.fail({ fn: 'nvmlGpuInstanceCreateComputeInstanceWithPlacement', error })
    const applying = applyMigConfig(wantOnAll({ '1c.3g.20gb': 2 }), { library: machine.library })
    expect(await rejectionOf(applying)).toMatchObject({
      code: 'MIG_STEP_FAILED',
      hint: expect.stringContaining('apply again'),
      report: { outcome: 'undone' },
    })
  },
)

describe('layouts that other tools have made', () => {
  /** Creates a 3g, and in it compute instances of these profiles, where the driver chooses. */
  async function makeOutside(
    machine: SimulatedMachine,
    profiles: readonly number[],
  ): Promise<void> {
    const nvml = await openNvml({ library: machine.library })
    try {
      const { uuid: gpu } = (await onlyGpu(machine)) ?? { uuid: 'GPU-' as const }
      const { id } = await nvml.deviceCreateGpuInstance(gpu, 9)
      for (const profile of profiles) await nvml.gpuInstanceCreateComputeInstance(gpu, id, profile)
    } finally {
      await nvml.close()
    }
  }

  // Captures: an A100 puts the first 1c of a 3g at 0, an H100 at 2.
  test.each([
    { model: 'A100-SXM4-40GB', size: '3g.20gb', first: 0, second: 1 },
    { model: 'H100 80GB HBM3', size: '3g.40gb', first: 2, second: 0 },
  ])('a 1c of nvidia-smi on an $model stays, and a 2c joins it', async (each) => {
    using machine = createSimulatedMachine([{ model: each.model, migEnabled: true }])
    await makeOutside(machine, [0])
    expect(startsOf(machine)).toEqual([each.first])
    const before = machine.journal().length
    const wanted = wantOnAll({ [`1c.${each.size}`]: 1, [`2c.${each.size}`]: 1 })
    const report = await applyMigConfig(wanted, { library: machine.library })
    expect(report.outcome).toBe('applied')
    expect(startsOf(machine)).toEqual([each.first, each.second])
    expect(machine.journal().slice(before)).toHaveLength(1)
  })

  test('a 2c that starts at 1 on an A100 stays, and a 1c joins it at 0', async () => {
    using machine = createSimulatedMachine([{ model: 'A100-SXM4-40GB', migEnabled: true }])
    // A 1c at 0, a 2c behind it; then the 1c goes.
    await makeOutside(machine, [0, 1])
    const nvml = await openNvml({ library: machine.library })
    const gpu = await onlyGpu(machine)
    const id = gpu?.gpuInstances[0]?.id ?? -1
    await nvml.computeInstanceDestroy(gpu?.uuid ?? 'GPU-', id, 0)
    await nvml.close()
    expect(startsOf(machine)).toEqual([1])
    const before = machine.journal().length
    const wanted = wantOnAll({ '1c.3g.20gb': 1, '2c.3g.20gb': 1 })
    await applyMigConfig(wanted, { library: machine.library })
    expect(startsOf(machine).toSorted()).toEqual([0, 1])
    expect(machine.journal().slice(before)).toHaveLength(1)
  })

  test('a whole 3g of nvidia-smi on an H100, which lies at 0:4, is as wanted', async () => {
    using machine = createSimulatedMachine([{ model: 'H100 80GB HBM3', migEnabled: true }])
    await makeOutside(machine, [2])
    const report = await applyMigConfig(wantOnAll({ '3g.40gb': 1 }), { library: machine.library })
    expect(report.outcome).toBe('unchanged')
  })
})

async function onlyGpu({ library }: SimulatedMachine): Promise<GpuState | undefined> {
  return (await readMigState({ library })).gpus.map(requireListed)[0]
}
