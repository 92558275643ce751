import { describe, expect, test } from 'vitest'
import { planMachine } from '../../../lib/plan/plan-machine.js'
import { formatPlan } from '../../../lib/plan/text.js'
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
})
