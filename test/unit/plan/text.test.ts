import { describe, expect, test } from 'vitest'
import { planMachine } from '../../../lib/plan/plan-machine.js'
import { formatPlan, formatStep } from '../../../lib/plan/text.js'
import type { PlanStep } from '../../../types/machine/plan.js'
import { place } from '../../support/devices.js'
import { gpuWith } from '../../support/model-gpu.js'
import { a100, machineOf, plan, sevenSmall, wanting } from '../../support/planning.js'

describe('a plan as text', () => {
  test('a plan as text says what each GPU keeps, loses and gets, with equal GPUs together', () => {
    const alike = [0, 1].map((index) => gpuWith(a100, sevenSmall, { index }))
    const split = gpuWith(a100, [place(a100, '3g.20gb', 4, ['2@0'])], { index: 2 })
    const off = gpuWith(a100, [], { index: 3, mig: { enabled: false, pending: false } })
    const text = formatPlan(
      planMachine(
        machineOf({
          config: 'mixed',
          gpus: [
            ...alike.map((gpu) => wanting(gpu, { '1g.5gb': 3, '4g.20gb': 1 })),
            wanting(split, { '2c.3g.20gb': 1, '1c.3g.20gb': 1 }),
            wanting(off, { '7g.40gb': 1 }),
          ],
          warnings: ['entry 4 matches no GPU'],
        }),
      ),
    )
    expect(text).toBe(
      [
        // Five on each of the first two, one, and two.
        'mixed: 13 changes on 4 of 4 GPUs',
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

  test('a plan as text says if there is nothing to do', () => {
    const gpu = gpuWith(a100, sevenSmall)
    expect(formatPlan(plan(wanting(gpu, { '1g.5gb': 7 })))).toBe(
      'test: nothing to do\nGPU 0: nothing to do',
    )
  })

  test('a plan as text says what happens inside a GPU instance that stays, and which stay bare', () => {
    const parts = gpuWith(a100, [
      place(a100, '3g.20gb', 4, ['1@0', '2@1']),
      place(a100, '2g.10gb', 0, []),
    ])
    const text = formatPlan(plan(wanting(parts, { '2c.3g.20gb': 1, '2g.10gb': 1 })))
    expect(text.split('\n')).toEqual([
      'test: 2 changes on 1 of 1 GPU',
      'GPU 0',
      '  ~ change 2g.10gb at 0:2',
      '    + create 2g.10gb from slice 0',
      '  ~ change 3g.20gb at 4:4 with 2c.3g.20gb',
      '    - destroy 1c.3g.20gb from slice 0 (not wanted)',
    ])
  })

  test('a plan as text says what is destroyed with its parts before MIG goes off, and counts GPUs that stay as they are', () => {
    const full = gpuWith(a100, [
      place(a100, '3g.20gb', 4, ['1@0', '2@1']),
      place(a100, '2g.10gb', 0, []),
    ])
    const same = gpuWith(a100, sevenSmall, { index: 1 })
    const text = formatPlan(plan(wanting(full, 'off'), wanting(same, { '1g.5gb': 7 })))
    const reason = ' (not wanted)'
    expect(text.split('\n')).toEqual([
      'test: 3 changes on 1 of 2 GPUs',
      'GPU 0',
      `  - destroy 2g.10gb at 0:2, bare${reason}`,
      `  - destroy 3g.20gb at 4:4 with 1c.3g.20gb, 2c.3g.20gb${reason}`,
      '  - turn MIG mode off',
      'GPU 1: nothing to do',
    ])
  })
})

test('a reason names no place where the driver chooses it', () => {
  const [plan0] = plan(wanting(gpuWith(a100, [place(a100, '1g.5gb', 0)]), {})).gpus
  if (plan0 === undefined) throw new Error('no plan')
  const reasoned = (placement: { start: number; size: number } | null): string => {
    const reason = { kind: 'in-the-way', of: { name: '1c.3g.20gb', placement } } as const
    const steps = plan0.steps.map((step) => ({ ...step, reason }))
    return (
      formatPlan({ config: 'x', gpus: [{ ...plan0, steps }], warnings: [] }).split('\n')[2] ?? ''
    )
  }
  expect(reasoned({ start: 1, size: 1 })).toBe(
    '  - destroy 1g.5gb at 0:1 (in the way of 1c.3g.20gb at 1:1)',
  )
  expect(reasoned(null)).toBe('  - destroy 1g.5gb at 0:1 (in the way of 1c.3g.20gb)')
})

describe('a step as text', () => {
  const on = { gpu: 'GPU-1', gpuIndex: 0 } as const
  const four = { start: 4, size: 4 }
  const inside = {
    ...on,
    gpuInstancePlacement: four,
    name: '2c.3g.20gb',
    sliceCount: 2,
    placement: { start: 1, size: 2 },
  }
  const instance = { ...on, profileId: 9, profileName: '3g.20gb', placement: four }
  test.each<[PlanStep, string]>([
    [{ ...on, kind: 'set-mig-mode', enabled: true }, 'turn MIG mode on'],
    [{ ...on, kind: 'set-mig-mode', enabled: false }, 'turn MIG mode off'],
    [{ ...instance, kind: 'create-gpu-instance' }, 'create GPU instance 3g.20gb at 4:4'],
    [
      { ...instance, kind: 'destroy-gpu-instance', gpuInstanceId: 2 },
      'destroy GPU instance 2 (3g.20gb at 4:4)',
    ],
    [
      { ...inside, kind: 'create-compute-instance', gpuInstanceProfileId: 9 },
      'create compute instance 2c.3g.20gb from slice 1 in the GPU instance at 4:4',
    ],
    [
      { ...inside, kind: 'create-compute-instance', gpuInstanceProfileId: 9, placement: null },
      'create compute instance 2c.3g.20gb in the GPU instance at 4:4',
    ],
    [
      {
        ...inside,
        kind: 'destroy-compute-instance',
        gpuInstanceId: 2,
        computeInstanceId: 1,
        profileId: 1,
        uuid: null,
      },
      'destroy compute instance 1 (2c.3g.20gb from slice 1) of GPU instance 2 at 4:4',
    ],
  ])('a step as text is a command: %o', (step, text) => {
    expect(formatStep(step)).toBe(text)
  })
})
