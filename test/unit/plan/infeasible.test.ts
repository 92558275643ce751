import { describe, expect, test } from 'vitest'
import { gpuWith } from '../../support/model-gpu.js'
import { a100, refusal, sevenSmall, wanting } from '../../support/planning.js'

describe('devices that do not fit', () => {
  test('devices that do not fit are refused with the reason, what would fit, and the place in the document', () => {
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

  test('the error names every entry that does not fit', () => {
    const first = wanting(gpuWith(a100, [], { index: 0 }), { '1g.5gb': 8 }, 0)
    const second = wanting(gpuWith(a100, [], { index: 1 }), { '4g.20gb': 2 }, 3)
    const issues = refusal([first, second]).issues ?? []
    expect(issues.map(({ path }) => path[2])).toEqual([0, 3])
  })
})
