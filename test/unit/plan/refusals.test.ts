// What an error of a plan says of each GPU and of each process, where there are several.
import { describe, expect, test } from 'vitest'
import { planMachine } from '../../../lib/plan/plan-machine.js'
import type { GpuProcess, GpuState } from '../../../types/model/state.js'
import { place } from '../../support/devices.js'
import { migErrorOf } from '../../support/errors.js'
import { geometryOf } from '../../support/geometry.js'
import { gpuWith } from '../../support/model-gpu.js'
import {
  a100,
  type Devices,
  machineOf,
  processAt,
  refusal,
  sevenSmall,
  wanting,
} from '../../support/planning.js'

/** Two GPUs with seven small devices each, and processes on both. */
function twoInUse(...processes: readonly (readonly GpuProcess[])[]) {
  const gpus = processes.map((_, index) => gpuWith(a100, sevenSmall, { index }))
  const users = new Map(gpus.map((gpu, index) => [gpu.uuid, processes[index] ?? []]))
  const error = refusal(
    gpus.map((gpu) => wanting(gpu, { '7g.40gb': 1 })),
    users,
  )
  return { gpus, error }
}

const small = gpuWith(a100, sevenSmall)

describe('GPUs in use', () => {
  test('the error for several GPUs in use has a line for each and the processes of all, with their GPUs', () => {
    const { gpus, error } = twoInUse(
      [processAt(small, 0, 11), processAt(small, 3, 12)],
      [processAt(small, 6, 21)],
    )
    expect(error.code).toBe('MIG_IN_USE')
    const [head, ...lines] = error.message.split('\n')
    expect(head).toBe('GPUs are in use:')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(
      /^ {2}GPU 0 is in use: .*pid 11\) uses 1g\.5gb at 0:1, .*; .*pid 12\) /,
    )
    expect(lines[1]).toMatch(/^ {2}GPU 1 is in use: .*pid 21\) uses 1g\.5gb at 6:1, /)
    expect(error.holders).toMatchObject([
      { pid: 11, gpu: gpus[0]?.uuid, gpuIndex: 0, kind: 'compute', command: 'python3' },
      { pid: 12, gpu: gpus[0]?.uuid, gpuIndex: 0 },
      { pid: 21, gpu: gpus[1]?.uuid, gpuIndex: 1 },
    ])
  })

  test('a process is named with what it uses: a part of a GPU instance, all of it, or a part that is not known', () => {
    const split = gpuWith(a100, [place(a100, '3g.20gb', 4, ['1@0', '2@1'])])
    const [instance] = split.gpuInstances
    const [first, second] = instance?.computeInstances ?? []
    const user = (fields: Partial<GpuProcess>): GpuProcess => ({
      ...processAt(split, 4),
      ...fields,
    })
    const messageFor = (process: GpuProcess): string =>
      refusal([wanting(split, { '7g.40gb': 1 })], new Map([[split.uuid, [process]]])).message
    expect(messageFor(user({ computeInstanceId: first?.id ?? null }))).toContain(
      `uses ${first?.name} at 4:4, GPU instance ${instance?.id}, compute instance ${first?.id}`,
    )
    expect(messageFor(user({ computeInstanceId: second?.id ?? null }))).toContain(
      `uses ${second?.name} at 4:4, GPU instance ${instance?.id}, compute instance ${second?.id}`,
    )
    expect(first?.name).not.toBe(second?.name)
    expect(messageFor(user({ computeInstanceId: null }))).toContain(
      `holds 3g.20gb at 4:4, GPU instance ${instance?.id}`,
    )
  })

  test('the hint for processes that only have the GPU open leads to a later reset, and no other does', () => {
    const off = gpuWith(a100, [], { mig: { enabled: false, pending: false } })
    const open = (pid: number): GpuProcess => ({
      ...processAt(off, 0, pid),
      gpuInstanceId: null,
      computeInstanceId: null,
      opensNodeOnly: true,
    })
    const { opensNodeOnly: _, ...uses } = open(2)
    const errorFor = (...processes: readonly GpuProcess[]) =>
      migErrorOf(() =>
        planMachine(
          machineOf({ gpus: [wanting(off, { '7g.40gb': 1 })] }),
          new Map([[off.uuid, processes]]),
          { modeByReset: new Set([off.uuid]) },
        ),
      )
    expect(errorFor(open(1)).hint).toMatch(/skipReset/)
    expect(errorFor(open(1)).message).toMatch(/pid 1\) has the GPU open/)
    expect(errorFor(open(1), uses).hint).not.toMatch(/skipReset/)
    expect(errorFor(open(1), uses).message).toMatch(/pid 1\).*pid 2\) uses the whole GPU/)
  })
})

describe('four slices beside three', () => {
  const empty = (index = 0): GpuState => gpuWith(a100, [], { index })
  const both = { '4g.20gb': 1, '3g.20gb': 1 }
  const planOn = (driverVersion: string | undefined, ...gpus: Parameters<typeof wanting>[]) =>
    planMachine(machineOf({ gpus: gpus.map((each) => wanting(...each)) }), new Map(), {
      ...(driverVersion === undefined ? {} : { driverVersion }),
    })
  const errorOn = (driver: string, ...gpus: Parameters<typeof wanting>[]) =>
    migErrorOf(() => planOn(driver, ...gpus))

  test('a driver before R510 is not asked for 4g.20gb beside 3g.20gb, and the error names both and the driver', () => {
    const error = errorOn('470.256.02', [empty(), both], [empty(1), { '7g.40gb': 1 }])
    expect(error.code).toBe('MIG_PARTITION_INFEASIBLE')
    expect(error.message).toMatch(
      /GPU 0, .*: 4g\.20gb and 3g\.20gb on one GPU need driver R510 or later; this one is 470\.256\.02/,
    )
    expect(error.message).not.toContain('GPU 1')
    expect(error.issues).toHaveLength(1)
    expect(error.hint).toMatch(/update the driver/)
  })

  test.each<[string | undefined, Devices]>([
    ['510.39.01', both],
    [undefined, both],
    ['470.256.02', { '3g.20gb': 2 }],
    ['470.256.02', { '4g.20gb': 1, '2g.10gb': 1, '1g.5gb': 1 }],
    ['470.256.02', { '4g.20gb': 1 }],
  ])('driver %s gets a plan for %o', (driver, devices) => {
    expect(planOn(driver, [empty(), devices]).gpus).toHaveLength(1)
  })

  test('a GPU that has 4g.20gb beside 3g.20gb already is kept so, whatever the driver', () => {
    const gpu = gpuWith(a100, [place(a100, '4g.20gb', 0), place(a100, '3g.20gb', 4)])
    expect(planOn('470.256.02', [gpu, both]).gpus[0]?.steps).toEqual([])
  })

  test('the limit counts on GPUs of seven slices only', () => {
    const geometry = geometryOf('a30-24gb')
    const gpu = gpuWith(geometry, [])
    const wanted = { ...wanting(gpu, {}), geometry, wanted: [] }
    const plan = planMachine(machineOf({ gpus: [wanted] }), new Map(), { driverVersion: '470.1' })
    expect(plan.gpus).toHaveLength(1)
  })
})
