import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { callNvml } from './fixtures/foreign-client.js'
import { refused } from './fixtures/refused.js'
import { scratchFolder } from './fixtures/scratch.js'

const IN_USE = 19

describe('processes', () => {
  it('a process uses a whole GPU outside MIG mode', () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB')
    machine.addProcess({ pid: 4711, gpu: 1, name: 'train', memoryMiB: 1024 })
    expect(machine.describe().gpus.map((gpu) => gpu.processes)).toEqual([
      [],
      [{ pid: 4711, gpu: 1, name: 'train', memoryMiB: 1024, kind: 'compute' }],
    ])
    machine.removeProcess(4711)
    expect(machine.describe().gpus[1]?.processes).toEqual([])
    expect(() => machine.removeProcess(4711)).toThrow(refused('no process 4711'))
  })

  it('a process on a compute instance prevents its destruction', () => {
    const store = join(scratchFolder(), 'machine.store')
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { store })
    const [made] = callNvml(machine.env, 'create 0 19')
    const gpuInstanceId = made?.id ?? Number.NaN
    callNvml(machine.env, `compute 0 ${gpuInstanceId} 0`)
    machine.addProcess({ pid: 1, gpu: 0, gpuInstanceId, computeInstanceId: 0, kind: 'mps' })
    expect(machine.describe().gpus[0]?.processes).toMatchObject([
      { pid: 1, gpuInstanceId, computeInstanceId: 0, kind: 'mps' },
    ])
    expect(callNvml(machine.env, `destroy-compute 0 ${gpuInstanceId} 0`)).toEqual([{ ret: IN_USE }])
    machine.removeProcess(1)
    expect(callNvml(machine.env, `destroy-compute 0 ${gpuInstanceId} 0`)).toEqual([{ ret: 0 }])
  })

  it('an impossible process is refused, and the error lists what exists', () => {
    const store = join(scratchFolder(), 'machine.store')
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig, A100-SXM4-40GB', { store })
    callNvml(machine.env, 'create 0 0', 'compute 0 0 0')
    expect(() =>
      machine.addProcess({ pid: 1, gpu: 1, gpuInstanceId: 0, computeInstanceId: 0 }),
    ).toThrow(refused('GPU 1 has no compute instance 0/0; live (gi/ci): none'))
    expect(() =>
      machine.addProcess({ pid: 1, gpu: 0, gpuInstanceId: 0, computeInstanceId: 1 }),
    ).toThrow(refused('GPU 0 has no compute instance 0/1; live (gi/ci): 0/0'))
    expect(() => machine.addProcess({ pid: 1, gpu: 0, gpuInstanceId: 0 })).toThrow(
      refused('must both be present or absent'),
    )
    expect(() => machine.addProcess({ pid: 1, gpu: 2 })).toThrow(refused('0 to 1'))
    expect(() => machine.addProcess({ pid: 0, gpu: 1 })).toThrow(refused('pid must be'))
    machine.addProcess({ pid: 1, gpu: 1 })
    expect(() => machine.addProcess({ pid: 1, gpu: 1 })).toThrow(refused('already runs there'))
    expect(() => machine.addProcess({ pid: 2, gpu: 1, name: 'x'.repeat(64) })).toThrow(
      refused('fewer than 64 bytes'),
    )
  })
})

describe('GPUs', () => {
  it('a GPU in use is not reset, and the error names the processes', () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    machine.addProcess({ pid: 4711, gpu: 0, name: 'train' })
    expect(() => machine.resetGpu(0)).toThrow(refused('in use by train (pid 4711)'))
    machine.removeProcess(4711)
    machine.resetGpu(0)
  })

  it('a reset destroys the instances of a GPU and applies its pending mode', () => {
    const store = join(scratchFolder(), 'machine.store')
    using machine = createSimulatedMachine('2x A100-SXM4-40GB', { store, resetPolicy: 'manual' })
    callNvml(machine.env, 'mode 0 1', 'mode 1 1')
    const modes = () => machine.describe().gpus.map((gpu) => gpu.mig?.enabled)
    expect(modes()).toEqual([false, false])
    machine.resetGpu(0)
    expect(modes()).toEqual([true, false])
    callNvml(machine.env, 'create 0 9')
    expect(machine.describe().gpus[0]?.gpuInstances).toMatchObject([{ profileName: '3g.20gb' }])
    machine.resetGpu(0)
    expect(machine.describe().gpus[0]?.gpuInstances).toEqual([])
  })

  it('a GPU is not reset on a platform that cannot reset it', () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'refused' })
    expect(() => machine.resetGpu(0)).toThrow(refused('reboot instead'))
  })

  it('a reboot keeps the MIG mode on Ampere only', () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig, H100 80GB HBM3 +mig')
    machine.reboot()
    expect(machine.describe().gpus.map((gpu) => gpu.mig?.enabled)).toEqual([true, false])
  })

  it('only a reboot brings a lost GPU back', () => {
    using machine = createSimulatedMachine('2x T4')
    machine.loseGpu(1)
    expect(() => machine.resetGpu(1)).toThrow(refused('only a reboot'))
    machine.reboot()
    expect(machine.describe().gpus.map((gpu) => gpu.lost)).toEqual([false, false])
  })
})
