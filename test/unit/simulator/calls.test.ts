import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createSimulatedMachine, type SimulatedMachine } from '../../../lib/simulator.js'
import { untilCalled } from '../../support/calls.js'
import { callNvml, startNvml } from './fixtures/foreign-client.js'
import { refused } from './fixtures/refused.js'
import { scratchFolder } from './fixtures/scratch.js'

const INVALID_ARGUMENT = 2
const IN_USE = 19
const INSUFFICIENT_RESOURCES = 23

function storedMachine(text: string): SimulatedMachine {
  return createSimulatedMachine(text, { store: join(scratchFolder(), 'machine.store') })
}

/** How many milliseconds a client needs for a call. */
function elapsed(machine: SimulatedMachine, call: string): number {
  const before = performance.now()
  callNvml(machine.env, call)
  return performance.now() - before
}

describe('call counts', () => {
  it('call counts include every client, by exported name', () => {
    using machine = storedMachine('A100-SXM4-40GB +mig')
    callNvml(machine.env, 'count', 'create 0 9')
    callNvml(machine.env, 'count', 'create 0 9', 'create 0 9')
    const counts = machine.callCounts()
    expect(counts.byFunction).toMatchObject({
      nvmlInit_v2: 2,
      nvmlDeviceGetCount_v2: 2,
      nvmlDeviceCreateGpuInstance: 3,
    })
    expect(counts.changing).toBe(3)
    expect(counts.total).toBe(Object.values(counts.byFunction).reduce((a, b) => a + b))
    machine.resetCallCounts()
    expect(machine.callCounts()).toEqual({ total: 0, changing: 0, byFunction: {} })
  })
})

describe('the journal', () => {
  it('the journal has each change with its process, also refused ones', () => {
    using machine = storedMachine('2x H100 80GB HBM3')
    const [mode, made, ci] = callNvml(
      machine.env,
      'mode 1 1',
      'create 1 9',
      'compute 1 2 2',
      'create 1 0',
      'create 1 77',
    )
    expect([mode?.ret, made?.ret, ci?.ret]).toEqual([0, 0, 0])
    const journal = machine.journal()
    expect(journal.map((call) => call.sequence)).toEqual([1, 2, 3, 4, 5])
    expect(new Set(journal.map((call) => call.pid)).size).toBe(1)
    expect(journal).toMatchObject([
      { fn: 'nvmlDeviceSetMigMode', gpu: 1, migEnabled: true, placement: null, ret: 0 },
      {
        fn: 'nvmlDeviceCreateGpuInstance',
        gpuInstanceId: 2,
        profileId: 9,
        placement: { start: 4, size: 4 },
        migEnabled: null,
        ret: 0,
      },
      {
        fn: 'nvmlGpuInstanceCreateComputeInstance',
        gpuInstanceId: 2,
        computeInstanceId: 0,
        profileId: 2,
        ret: 0,
      },
      { fn: 'nvmlDeviceCreateGpuInstance', profileId: 0, ret: INSUFFICIENT_RESOURCES },
      { fn: 'nvmlDeviceCreateGpuInstance', profileId: 77, ret: INVALID_ARGUMENT },
    ])
  })
})

describe('faults', () => {
  it('a fault strikes the nth call from now on, and as many more as it says', () => {
    using machine = storedMachine('A100-SXM4-40GB +mig')
    const create = (count: number) =>
      callNvml(machine.env, ...Array(count).fill('create 0 19')).map((answer) => answer.ret)
    expect(create(1)).toEqual([0])
    machine.fail({
      fn: 'nvmlDeviceCreateGpuInstance',
      nth: 2,
      times: 2,
      error: 'NVML_ERROR_IN_USE',
    })
    expect(create(4)).toEqual([0, IN_USE, IN_USE, 0])
    // A failed call changes nothing.
    expect(machine.describe().gpus[0]?.gpuInstances).toHaveLength(3)
  })

  it('a fault names its function with or without the version', () => {
    using machine = storedMachine('T4')
    machine.fail({ fn: 'nvmlDeviceGetCount', error: 999 })
    machine.fail({ fn: 'nvmlDeviceGetCount_v2', nth: 2, error: 'NVML_ERROR_UNKNOWN' })
    const answers = callNvml(machine.env, 'count', 'count', 'count')
    expect(answers.map((answer) => answer.ret)).toEqual([999, 999, 0])
  })

  it('clearing faults removes them all', () => {
    using machine = storedMachine('T4')
    machine.fail({ fn: 'nvmlInit', error: 'NVML_ERROR_DRIVER_NOT_LOADED' })
    machine.clearFaults()
    expect(callNvml(machine.env, 'count')).toEqual([{ ret: 0, count: 1 }])
  })

  it("a call that only hangs does not hold the machine's lock", async () => {
    using machine = storedMachine('T4')
    // Far longer than another client needs, however busy the machine is.
    const hangMs = Math.max(6000, Math.ceil(20 * elapsed(machine, 'name 0')))
    machine.resetCallCounts()
    machine.fail({ fn: 'nvmlDeviceGetName', hangMs })
    const start = performance.now()
    let answered = false
    const slow = startNvml(machine.env, 'name 0').finally(() => {
      answered = true
    })
    await untilCalled(machine, 'nvmlDeviceGetName')
    expect(callNvml(machine.env, 'name 0')).toEqual([{ ret: 0, name: 'Tesla T4' }])
    machine.loseGpu(0)
    machine.reboot()
    expect(answered).toBe(false)
    // The session of the hanging call ends with the reboot.
    const UNINITIALIZED = 1
    expect(await slow).toMatchObject([{ ret: UNINITIALIZED }])
    expect(performance.now() - start).toBeGreaterThan(hangMs)
  })

  it('a fault without an effect is refused', () => {
    using machine = createSimulatedMachine('T4')
    expect(() => machine.fail({ fn: 'nvmlDeviceExplode', error: 3 })).toThrow(
      refused('exports no function "nvmlDeviceExplode"'),
    )
    expect(() => machine.fail({ fn: 'nvmlInit' })).toThrow(refused('needs error= or hang-ms='))
    expect(() => machine.fail({ fn: 'nvmlInit', error: 'NVML_ERROR_TYPO' })).toThrow(
      refused(/NVML_ERROR_IN_USE.*not "NVML_ERROR_TYPO"/),
    )
    expect(() => machine.fail({ fn: 'nvmlInit', error: 3, nth: 0 })).toThrow(refused('from 1'))
    for (let i = 0; i < 64; ++i) machine.fail({ fn: 'nvmlInit', error: 3 })
    expect(() => machine.fail({ fn: 'nvmlInit', error: 3 })).toThrow(refused('at most 64'))
  })
})

describe('latencies', () => {
  it('a latency covers one function, or comes from a preset', () => {
    using machine = storedMachine('A100-SXM4-40GB +mig')
    machine.setLatency({ fn: 'nvmlDeviceGetName', us: 400_000 })
    expect(elapsed(machine, 'name 0')).toBeGreaterThan(400)
    machine.setLatency('a100')
    machine.resetCallCounts()
    // Published: 0.24 s for a GPU instance of seven slices.
    expect(elapsed(machine, 'create 0 0')).toBeGreaterThan(240)
    expect(machine.callCounts().changing).toBe(1)
    machine.setLatency('none')
  })

  it('a latency of an unknown function is refused', () => {
    using machine = createSimulatedMachine('T4')
    expect(() => machine.setLatency({ fn: 'nvmlNap', us: 1 })).toThrow(refused('"nvmlNap"'))
  })
})
