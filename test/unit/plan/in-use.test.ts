import { describe, expect, test } from 'vitest'
import { planMachine } from '../../../lib/plan/plan-machine.js'
import type { GpuProcess, MigMode } from '../../../types/model/state.js'
import { place } from '../../support/devices.js'
import { gpuWith } from '../../support/model-gpu.js'
import {
  a100,
  balanced,
  type Devices,
  machineOf,
  processAt,
  refusal,
  run,
  sevenSmall,
  wanting,
} from '../../support/planning.js'

describe('what is in use', () => {
  test('stays where it is when it can', () => {
    const gpu = gpuWith(a100, sevenSmall)
    const processes = new Map([[gpu.uuid, [processAt(gpu, 2)]]])
    const result = planMachine(machineOf({ gpus: [wanting(gpu, balanced)] }), processes)
    const kept = run(gpu, result).gpuInstances.find(({ placement }) => placement.start === 2)
    expect(kept?.id).toBe(gpu.gpuInstances[2]?.id)
  })

  test('and would have to go is refused, with who holds it', () => {
    const gpu = gpuWith(a100, sevenSmall, { index: 3 })
    const processes = new Map([[gpu.uuid, [processAt(gpu, 2)]]])
    const error = refusal([wanting(gpu, { '3g.20gb': 2 })], processes)
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toBe(
      'GPU 3 is in use: python3 (pid 4711) uses 1g.5gb at 2:1, GPU instance 3, compute instance 0',
    )
  })

  test('and in the way of a start is named, the others are not', () => {
    const gpu = gpuWith(a100, [place(a100, '1g.5gb', 0), place(a100, '1g.5gb', 6)])
    const processes = new Map([[gpu.uuid, [processAt(gpu, 0, 1), processAt(gpu, 6, 2)]]])
    const error = refusal([wanting(gpu, { '1g.5gb': 2, '4g.20gb': 1 })], processes)
    expect(error.message).toMatch(/pid 1\b/)
    expect(error.message).not.toMatch(/pid 2\b/)
  })

  test('does not hide that it would not fit anyway', () => {
    const gpu = gpuWith(a100, sevenSmall)
    const processes = new Map([[gpu.uuid, [processAt(gpu, 2)]]])
    expect(refusal([wanting(gpu, { '4g.20gb': 2 })], processes).code).toBe(
      'MIG_PARTITION_INFEASIBLE',
    )
  })

  test.each<[string, MigMode, Devices | 'off']>([
    ['off', { enabled: true, pending: true }, 'off'],
    ['on', { enabled: false, pending: false }, { '1g.5gb': 1 }],
  ])('by a process on the whole GPU: the mode cannot go %s', (_name, mig, devices) => {
    const gpu = gpuWith(a100, [], { mig })
    const whole: GpuProcess = { ...processAt(gpu, 0), gpuInstanceId: null, computeInstanceId: null }
    const error = refusal([wanting(gpu, devices)], new Map([[gpu.uuid, [whole]]]))
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toContain('uses the whole GPU')
  })
})
