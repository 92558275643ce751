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

describe('devices in use', () => {
  test('a device in use stays where it is if possible', () => {
    const gpu = gpuWith(a100, sevenSmall)
    const processes = new Map([[gpu.uuid, [processAt(gpu, 2)]]])
    const result = planMachine(machineOf({ gpus: [wanting(gpu, balanced)] }), processes)
    const kept = run(gpu, result).gpuInstances.find(({ placement }) => placement.start === 2)
    expect(kept?.id).toBe(gpu.gpuInstances[2]?.id)
  })

  test('a plan that must destroy a device in use is refused with the process that uses it', () => {
    const gpu = gpuWith(a100, sevenSmall, { index: 3 })
    const processes = new Map([[gpu.uuid, [processAt(gpu, 2)]]])
    const error = refusal([wanting(gpu, { '3g.20gb': 2 })], processes)
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toBe(
      'GPU 3 is in use: python3 (pid 4711) uses 1g.5gb at 2:1, GPU instance 3, compute instance 0',
    )
  })

  test('the error for devices in use names only the processes in the way', () => {
    const gpu = gpuWith(a100, [place(a100, '1g.5gb', 0), place(a100, '1g.5gb', 6)])
    const processes = new Map([[gpu.uuid, [processAt(gpu, 0, 1), processAt(gpu, 6, 2)]]])
    const error = refusal([wanting(gpu, { '1g.5gb': 2, '4g.20gb': 1 })], processes)
    expect(error.message).toMatch(/pid 1\b/)
    expect(error.message).not.toMatch(/pid 2\b/)
  })

  test('devices that do not fit are reported as such even if others are in use', () => {
    const gpu = gpuWith(a100, sevenSmall)
    const processes = new Map([[gpu.uuid, [processAt(gpu, 2)]]])
    expect(refusal([wanting(gpu, { '4g.20gb': 2 })], processes).code).toBe(
      'MIG_PARTITION_INFEASIBLE',
    )
  })

  test.each<[string, MigMode, Devices | 'off']>([
    ['off', { enabled: true, pending: true }, 'off'],
    ['on', { enabled: false, pending: false }, { '1g.5gb': 1 }],
  ])('a process on the whole GPU keeps the mode from going %s', (_name, mig, devices) => {
    const gpu = gpuWith(a100, [], { mig })
    const whole: GpuProcess = { ...processAt(gpu, 0), gpuInstanceId: null, computeInstanceId: null }
    const error = refusal([wanting(gpu, devices)], new Map([[gpu.uuid, [whole]]]))
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toContain('uses the whole GPU')
  })

  test.each<readonly [string, readonly number[], Devices, boolean]>([
    ['is divided anew', [], { '1g.5gb': 1 }, true],
    ['is divided anew after all of it goes', [0], { '3g.20gb': 1 }, true],
    ['gets an instance beside another', [0], { '1g.5gb': 2 }, false],
    ['loses its instances', [0], {}, false],
    ['stays empty', [], {}, false],
  ])(
    'a process on the whole GPU is in the way only of its first instance: a GPU that %s',
    (_name, starts, devices, refused) => {
      const current = starts.map((start) => place(a100, '1g.5gb', start))
      const gpu = gpuWith(a100, current)
      const whole: GpuProcess = {
        ...processAt(gpu, 9),
        gpuInstanceId: null,
        computeInstanceId: null,
      }
      const processes = new Map([[gpu.uuid, [whole]]])
      const gpus = [wanting(gpu, devices)]
      if (refused) expect(refusal(gpus, processes).code).toBe('MIG_IN_USE')
      else expect(() => planMachine(machineOf({ gpus }), processes)).not.toThrow()
    },
  )
})
