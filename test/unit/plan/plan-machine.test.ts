import { describe, expect, test } from 'vitest'
import { isMigError, type MigError } from '../../../lib/errors.js'
import {
  formatPlan,
  planMachine,
  planToTarget,
  targetToRestore,
  type WantedGpu,
} from '../../../lib/plan/index.js'
import type { MigPlan } from '../../../types/plan.js'
import type { Layout } from '../../../types/solver.js'
import type { GpuProcess, GpuState, GpuUuid, MigMode } from '../../../types/state.js'
import { place, want } from '../../support/devices.js'
import { geometryOf } from '../../support/geometry.js'
import { gpuWith, runStep } from '../../support/model-gpu.js'

const a100 = geometryOf('a100-40gb')
const sevenSmall: Layout = [0, 1, 2, 3, 4, 5, 6].map((start) => place(a100, '1g.5gb', start))
const balanced = { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }
type Devices = Readonly<Record<string, number>>

function wanting(gpu: GpuState, devices: Devices | 'off', entry = 0): WantedGpu {
  return {
    gpu,
    entry,
    migEnabled: devices !== 'off',
    wanted: devices === 'off' ? [] : want(a100, devices),
  }
}

function plan(...gpus: readonly WantedGpu[]): MigPlan {
  return planMachine({ config: 'test', gpus, warnings: [] })
}

function kindsOf(result: MigPlan, gpu = 0): string[] {
  return (result.gpus[gpu]?.steps ?? []).map(({ kind }) => kind)
}

function run(gpu: GpuState, result: MigPlan): GpuState {
  const steps = result.gpus.find((each) => each.gpu === gpu.uuid)?.steps ?? []
  return steps.reduce((state, step) => runStep(a100, state, step), gpu)
}

function namesOf(gpu: GpuState): string[] {
  return gpu.gpuInstances
    .flatMap(({ computeInstances }) => computeInstances.map(({ name }) => name))
    .sort()
}

function process(gpu: GpuState, start: number, pid = 4711): GpuProcess {
  const instance = gpu.gpuInstances.find(({ placement }) => placement.start === start)
  return {
    pid,
    command: 'python3',
    kind: 'compute',
    usedMemoryMiB: 100,
    gpuInstanceId: instance?.id ?? null,
    computeInstanceId: instance?.computeInstances[0]?.id ?? null,
  }
}

function refusal(
  gpus: readonly WantedGpu[],
  processes: ReadonlyMap<GpuUuid, readonly GpuProcess[]> = new Map(),
  locate?: () => { line: number; column: number },
): MigError {
  try {
    planMachine(
      locate === undefined
        ? { config: 'test', gpus, warnings: [] }
        : { config: 'test', gpus, warnings: [], locate },
      processes,
    )
  } catch (error) {
    if (isMigError(error)) return error
    throw error
  }
  throw new Error('it was planned')
}

describe('the fewest changing calls', () => {
  test('empty to seven 1g.5gb: 14', () => {
    const gpu = gpuWith(a100, [])
    const result = plan(wanting(gpu, { '1g.5gb': 7 }))
    expect(kindsOf(result)).toHaveLength(14)
    expect(namesOf(run(gpu, result))).toEqual(Array(7).fill('1g.5gb'))
  })

  test('seven 1g.5gb to balanced: 14, and two of the seven are not touched', () => {
    const gpu = gpuWith(a100, sevenSmall)
    const result = plan(wanting(gpu, balanced))
    const kinds = kindsOf(result)
    expect(kinds).toHaveLength(14)
    expect(kinds.filter((kind) => kind === 'destroy-gpu-instance')).toHaveLength(5)
    expect(kinds.filter((kind) => kind === 'create-gpu-instance')).toHaveLength(2)
    expect(namesOf(run(gpu, result))).toEqual(['1g.5gb', '1g.5gb', '2g.10gb', '3g.20gb'])
  })

  test('the same again, in whatever spelling: none', () => {
    const gpu = gpuWith(a100, sevenSmall)
    expect(kindsOf(plan(wanting(gpu, { '1g.5gb': 7 })))).toEqual([])
    expect(kindsOf(plan(wanting(gpu, { '1c.1g.5gb': 7 })))).toEqual([])
    expect(kindsOf(plan(wanting(gpu, { '1g.5gb': 7, '2g.10gb': 0 })))).toEqual([])
    expect(kindsOf(plan(wanting(gpu, { '1g.5gb': 3, '1c.1g.5gb': 4 })))).toEqual([])
  })

  test('nothing to do needs no geometry', () => {
    const gpu = { ...gpuWith(a100, sevenSmall), geometry: null }
    expect(kindsOf(plan(wanting(gpu, { '1g.5gb': 7 })))).toEqual([])
  })
})

// The deck's figures of a DGX A100, eight GPUs of 40 GB.
describe('eight A100s give', () => {
  const totals = (devices: Devices): Record<string, number> => {
    const counts: Record<string, number> = {}
    const gpus = Array.from({ length: 8 }, (_, index) => gpuWith(a100, [], { index }))
    const result = plan(...gpus.map((gpu) => wanting(gpu, devices)))
    for (const name of gpus.flatMap((gpu) => namesOf(run(gpu, result))))
      counts[name] = (counts[name] ?? 0) + 1
    return counts
  }
  test.each<[Devices, Devices]>([
    [{ '1g.5gb': 7 }, { '1g.5gb': 56 }],
    [{ '2g.10gb': 3 }, { '2g.10gb': 24 }],
    [{ '3g.20gb': 2 }, { '3g.20gb': 16 }],
    [balanced, { '1g.5gb': 16, '2g.10gb': 8, '3g.20gb': 8 }],
  ])('%j on each: %j', (each, all) => {
    expect(totals(each)).toEqual(all)
  })
})

test('four whole A100s and four divided ones', () => {
  const gpus = Array.from({ length: 8 }, (_, index) => gpuWith(a100, sevenSmall, { index }))
  const result = plan(...gpus.map((gpu) => wanting(gpu, gpu.index < 4 ? 'off' : balanced)))
  const after = gpus.map((gpu) => run(gpu, result))
  expect(after.map(({ mig }) => mig?.enabled)).toEqual([
    ...Array(4).fill(false),
    ...Array(4).fill(true),
  ])
  const count = (name: string) => after.flatMap(namesOf).filter((each) => each === name).length
  expect([count('1g.5gb'), count('2g.10gb'), count('3g.20gb')]).toEqual([8, 4, 4])
})

describe('the mode', () => {
  const off: MigMode = { enabled: false, pending: false }
  const goingOff: MigMode = { enabled: true, pending: false }
  const goingOn: MigMode = { enabled: false, pending: true }

  test.each<[string, MigMode, Layout, Devices | 'off', string[]]>([
    [
      'goes on before anything is created',
      off,
      [],
      { '7g.40gb': 1 },
      ['set-mig-mode', 'create-gpu-instance', 'create-compute-instance'],
    ],
    ['goes on for no devices at all', off, [], {}, ['set-mig-mode']],
    [
      'goes off after everything is destroyed',
      { enabled: true, pending: true },
      [place(a100, '7g.40gb', 0)],
      'off',
      ['destroy-compute-instance', 'destroy-gpu-instance', 'set-mig-mode'],
    ],
    ['stays off', off, [], 'off', []],
    [
      'is called back when it is about to go off',
      goingOff,
      sevenSmall,
      { '1g.5gb': 7 },
      ['set-mig-mode'],
    ],
    ['is asked for again while it waits for a reset', goingOn, [], {}, ['set-mig-mode']],
    ['is called back when it is about to go on', goingOn, [], 'off', ['set-mig-mode']],
    ['is asked for again while it waits to go off', goingOff, [], 'off', ['set-mig-mode']],
  ])('%s', (_name, mig, layout, devices, kinds) => {
    expect(kindsOf(plan(wanting(gpuWith(a100, layout, { mig }), devices)))).toEqual(kinds)
  })

  test('on of a GPU without MIG is refused, off is nothing', () => {
    const gpu = { ...gpuWith(a100, [], { mig: null }), geometry: null }
    expect(refusal([wanting(gpu, {})]).code).toBe('MIG_NOT_SUPPORTED')
    expect(kindsOf(plan(wanting(gpu, 'off')))).toEqual([])
  })

  test('on without a geometry works for no devices, and is refused for some', () => {
    const gpu = { ...gpuWith(a100, [], { mig: off }), geometry: null }
    expect(kindsOf(plan(wanting(gpu, {})))).toEqual(['set-mig-mode'])
    expect(refusal([wanting(gpu, { '1g.5gb': 1 })]).code).toBe('MIG_GEOMETRY_UNKNOWN')
  })
})

describe('steps', () => {
  test('a compute instance goes before its GPU instance and comes after it', () => {
    const gpu = gpuWith(a100, [
      place(a100, '3g.20gb', 0, ['2@0', '1@2']),
      place(a100, '2g.10gb', 4),
    ])
    const kinds = kindsOf(plan(wanting(gpu, { '4g.20gb': 1, '1c.3g.20gb': 2 })))
    expect(kinds).toEqual([
      'destroy-compute-instance',
      'destroy-compute-instance',
      'destroy-compute-instance',
      'destroy-gpu-instance',
      'destroy-gpu-instance',
      'create-gpu-instance',
      'create-compute-instance',
      'create-gpu-instance',
      'create-compute-instance',
      'create-compute-instance',
    ])
  })

  test('the smallest compute instances go first, and no GPU instance before the last of them', () => {
    const gpu = gpuWith(a100, [
      place(a100, '4g.20gb', 0),
      place(a100, '1g.5gb', 4),
      place(a100, '1g.5gb', 5),
    ])
    const steps = plan(wanting(gpu, { '7g.40gb': 1 })).gpus[0]?.steps ?? []
    const going = steps.filter((step) => step.kind === 'destroy-compute-instance')
    expect(going.map(({ sliceCount }) => sliceCount)).toEqual([1, 1, 4])
    expect(steps.slice(0, 3)).toEqual(going)
    const gone = steps.filter((step) => step.kind === 'destroy-gpu-instance')
    expect(gone.map(({ placement }) => placement.size)).toEqual([1, 1, 4])
  })

  test('the large ones are made first, or so that a driver that chooses the place chooses right', () => {
    const made = (devices: Devices): string[] =>
      (plan(wanting(gpuWith(a100, []), devices)).gpus[0]?.steps ?? []).flatMap((step) =>
        step.kind === 'create-gpu-instance'
          ? [`[${step.profileName}]`]
          : step.kind === 'create-compute-instance'
            ? [step.name]
            : [],
      )
    expect(made({ '1c.7g.40gb': 1, '2c.7g.40gb': 1, '3c.7g.40gb': 1 })).toEqual([
      '[7g.40gb]',
      '3c.7g.40gb',
      '2c.7g.40gb',
      '1c.7g.40gb',
    ])
    // Published of nvidia-smi: 3g, 1g, 2g, 1g go to 4, 0, 2 and 1.
    expect(made(balanced).filter((name) => name.startsWith('['))).toEqual([
      '[3g.20gb]',
      '[1g.5gb]',
      '[2g.10gb]',
      '[1g.5gb]',
    ])
  })

  test('what a destroyed compute instance was can be read from its step', () => {
    const gpu = gpuWith(a100, [place(a100, '3g.20gb', 4, ['2@0'])])
    expect(plan(wanting(gpu, {})).gpus[0]?.steps[0]).toMatchObject({
      kind: 'destroy-compute-instance',
      name: '2c.3g.20gb',
      sliceCount: 2,
      placement: { start: 0, size: 2 },
      gpuInstancePlacement: { start: 4, size: 4 },
    })
  })

  test('a GPU instance that stays may lose and get compute instances', () => {
    const gpu = gpuWith(a100, [place(a100, '3g.20gb', 4, ['2@0', '1@2'])])
    const result = plan(wanting(gpu, { '1c.3g.20gb': 3 }))
    expect(kindsOf(result)).toEqual([
      'destroy-compute-instance',
      'create-compute-instance',
      'create-compute-instance',
    ])
    expect(namesOf(run(gpu, result))).toEqual(Array(3).fill('1c.3g.20gb'))
  })

  test('compute instances whose places the driver does not tell stay', () => {
    const told = gpuWith(a100, [
      place(a100, '3g.20gb', 4, ['2@0', '1@2']),
      place(a100, '1g.5gb', 0),
    ])
    const gpu: GpuState = {
      ...told,
      gpuInstances: told.gpuInstances.map((instance) => ({
        ...instance,
        computeInstances: instance.computeInstances.map((each) => ({ ...each, placement: null })),
      })),
    }
    const result = plan(wanting(gpu, { '2c.3g.20gb': 1, '1c.3g.20gb': 1, '2g.10gb': 1 }))
    const gone = result.gpus[0]?.steps.filter((step) => step.kind === 'destroy-compute-instance')
    expect(gone).toMatchObject([{ name: '1g.5gb' }])
  })

  test('a target that leaves the place to the driver is reached by any place', () => {
    const gpu = gpuWith(a100, [place(a100, '3g.20gb', 4, ['2@0', '1@2'])])
    const target = targetToRestore(gpu)
    const anywhere = {
      ...target,
      gpuInstances: target.gpuInstances.map((instance) => ({
        ...instance,
        computeInstances: instance.computeInstances.map((each) => ({ ...each, placement: null })),
      })),
    }
    expect(planToTarget(gpu, anywhere)).toEqual([])
  })

  test('a bare GPU instance that nothing wants is removed', () => {
    const gpu = gpuWith(a100, [place(a100, '4g.20gb', 0, [])])
    expect(kindsOf(plan(wanting(gpu, {})))).toEqual(['destroy-gpu-instance'])
  })

  test('a GPU that is as wanted is left alone while another changes', () => {
    const first = gpuWith(a100, sevenSmall, { index: 0 })
    const second = gpuWith(a100, [], { index: 1, mig: { enabled: false, pending: false } })
    const result = plan(wanting(second, { '3g.20gb': 2 }, 1), wanting(first, { '1g.5gb': 7 }, 0))
    expect(result.gpus.map(({ gpuIndex, entry }) => [gpuIndex, entry])).toEqual([
      [0, 0],
      [1, 1],
    ])
    expect(kindsOf(result, 0)).toEqual([])
    expect(kindsOf(result, 1)).toHaveLength(5)
  })

  test('the plan is frozen and survives JSON', () => {
    const result = plan(wanting(gpuWith(a100, sevenSmall), balanced))
    expect(Object.isFrozen(result.gpus[0]?.steps[0])).toBe(true)
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
  })
})

describe('what does not fit', () => {
  test('is refused with the reason, what would fit, and the place in the document', () => {
    const gpus = [0, 1, 2].map((index) => gpuWith(a100, sevenSmall, { index }))
    const wanted = gpus.map((gpu) => wanting(gpu, { '1g.5gb': 7, '2g.10gb': 3 }))
    const error = refusal(wanted, new Map(), () => ({ line: 6, column: 7 }))
    expect(error.code).toBe('MIG_PARTITION_INFEASIBLE')
    expect(error.issues).toEqual([
      {
        message:
          'GPU 0-2, NVIDIA Test GPU: 7 × 1g.5gb, 3 × 2g.10gb: the devices need 13 compute slices; this GPU has 7; 7 × 1g.5gb would fit',
        path: ['mig-configs', 'test', 0, 'mig-devices'],
        line: 6,
        column: 7,
      },
    ])
    expect(error.message).toContain('13 compute slices')
  })

  test('names every entry that does not fit', () => {
    const first = wanting(gpuWith(a100, [], { index: 0 }), { '1g.5gb': 8 }, 0)
    const second = wanting(gpuWith(a100, [], { index: 1 }), { '4g.20gb': 2 }, 3)
    const issues = refusal([first, second]).issues ?? []
    expect(issues.map(({ path }) => path[2])).toEqual([0, 3])
  })
})

describe('what is in use', () => {
  test('stays where it is when it can', () => {
    const gpu = gpuWith(a100, sevenSmall)
    const processes = new Map([[gpu.uuid, [process(gpu, 2)]]])
    const result = planMachine(
      { config: 'test', gpus: [wanting(gpu, balanced)], warnings: [] },
      processes,
    )
    const kept = run(gpu, result).gpuInstances.find(({ placement }) => placement.start === 2)
    expect(kept?.id).toBe(gpu.gpuInstances[2]?.id)
  })

  test('and would have to go is refused, with who holds it', () => {
    const gpu = gpuWith(a100, sevenSmall, { index: 3 })
    const processes = new Map([[gpu.uuid, [process(gpu, 2)]]])
    const error = refusal([wanting(gpu, { '3g.20gb': 2 })], processes)
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toBe(
      'GPU 3 is in use: python3 (pid 4711) uses 1g.5gb at 2:1, GPU instance 3, compute instance 0',
    )
  })

  test('and in the way of a start is named, the others are not', () => {
    const gpu = gpuWith(a100, [place(a100, '1g.5gb', 0), place(a100, '1g.5gb', 6)])
    const processes = new Map([[gpu.uuid, [process(gpu, 0, 1), process(gpu, 6, 2)]]])
    const error = refusal([wanting(gpu, { '1g.5gb': 2, '4g.20gb': 1 })], processes)
    expect(error.message).toMatch(/pid 1\b/)
    expect(error.message).not.toMatch(/pid 2\b/)
  })

  test('does not hide that it would not fit anyway', () => {
    const gpu = gpuWith(a100, sevenSmall)
    const processes = new Map([[gpu.uuid, [process(gpu, 2)]]])
    expect(refusal([wanting(gpu, { '4g.20gb': 2 })], processes).code).toBe(
      'MIG_PARTITION_INFEASIBLE',
    )
  })

  test.each<[string, MigMode, Devices | 'off']>([
    ['off', { enabled: true, pending: true }, 'off'],
    ['on', { enabled: false, pending: false }, { '1g.5gb': 1 }],
  ])('by a process on the whole GPU: the mode cannot go %s', (_name, mig, devices) => {
    const gpu = gpuWith(a100, [], { mig })
    const whole: GpuProcess = { ...process(gpu, 0), gpuInstanceId: null, computeInstanceId: null }
    const error = refusal([wanting(gpu, devices)], new Map([[gpu.uuid, [whole]]]))
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toContain('uses the whole GPU')
  })
})

describe('a plan as text', () => {
  test('says what each GPU keeps, loses and gets; like GPUs stand together', () => {
    const alike = [0, 1].map((index) => gpuWith(a100, sevenSmall, { index }))
    const split = gpuWith(a100, [place(a100, '3g.20gb', 4, ['2@0'])], { index: 2 })
    const off = gpuWith(a100, [], { index: 3, mig: { enabled: false, pending: false } })
    const text = formatPlan(
      planMachine({
        config: 'mixed',
        gpus: [
          ...alike.map((gpu) => wanting(gpu, { '1g.5gb': 3, '4g.20gb': 1 })),
          wanting(split, { '2c.3g.20gb': 1, '1c.3g.20gb': 1 }),
          wanting(off, { '7g.40gb': 1 }),
        ],
        warnings: ['entry 4 matches no GPU'],
      }),
    )
    expect(text).toBe(
      [
        'mixed: 24 changes on 4 of 4 GPUs',
        'GPU 0, 1',
        '  = keep 1g.5gb at 4:1',
        '  = keep 1g.5gb at 5:1',
        '  = keep 1g.5gb at 6:1',
        '  - destroy 1g.5gb at 0:1 (in the way of 4g.20gb at 0:4)',
        '  - destroy 1g.5gb at 1:1 (in the way of 4g.20gb at 0:4)',
        '  - destroy 1g.5gb at 2:1 (in the way of 4g.20gb at 0:4)',
        '  - destroy 1g.5gb at 3:1 (in the way of 4g.20gb at 0:4)',
        '  + create 4g.20gb at 0:4',
        'GPU 2',
        '  ~ change 3g.20gb at 4:4 with 2c.3g.20gb, 1c.3g.20gb',
        '    + create 1c.3g.20gb from slice 2',
        'GPU 3',
        '  + turn MIG mode on',
        '  + create 7g.40gb at 0:8',
        'warning: entry 4 matches no GPU',
      ].join('\n'),
    )
  })

  test('of nothing to do', () => {
    const gpu = gpuWith(a100, sevenSmall)
    expect(formatPlan(plan(wanting(gpu, { '1g.5gb': 7 })))).toBe(
      'test: nothing to do\nGPU 0: nothing to do',
    )
  })
})
