import { describe, expect, test } from 'vitest'
import { applyMigConfig, planMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine, writeRootTree } from '../../../../lib/simulator.js'
import type { GpuHolder } from '../../../../types/model/state.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { fakeRoot, putProcess } from '../../../support/root-tree.js'
import { countDevices, placesOf, wantOnAll } from '../../../support/wanted.js'

const seven = wantOnAll({ '1g.5gb': 7 })
const whole = wantOnAll({ '7g.40gb': 1 })

/** Seven 1g.5gb, and a process in the one that starts at 3. */
async function busyMachine(): Promise<SimulatedMachine> {
  const machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  await applyMigConfig(seven, { library: machine.library })
  const held = machine.describe().gpus[0]?.gpuInstances.find((gi) => gi.placement.start === 3)
  const place = { gpu: 0, gpuInstanceId: held?.id ?? -1, computeInstanceId: 0 }
  machine.addProcess({ pid: 4711, ...place, name: 'python3' })
  machine.resetCallCounts()
  return machine
}

async function placesNow(machine: SimulatedMachine): Promise<unknown> {
  return (await readMigState({ library: machine.library })).gpus.map(placesOf)
}

describe('evict, a function', () => {
  test('an evict function gets the holders, and the apply then continues', async () => {
    using machine = await busyMachine()
    const told: (readonly GpuHolder[])[] = []
    const evict = async (holders: readonly GpuHolder[]): Promise<void> => {
      expect(machine.callCounts().changing).toBe(0)
      told.push(holders)
      for (const { pid } of holders) machine.removeProcess(pid)
    }
    const report = await applyMigConfig(whole, { library: machine.library, evict })
    expect(told).toMatchObject([[{ pid: 4711, gpuIndex: 0, computeInstanceId: 0 }]])
    expect(report.after.gpus[0] && countDevices(report.after.gpus[0])).toEqual({ '7g.40gb': 1 })
  })

  test('an evict function that stops no process leaves the machine as it is', async () => {
    using machine = await busyMachine()
    const before = await placesNow(machine)
    const evict = (): void => {}
    const error = await rejectionOf(applyMigConfig(whole, { library: machine.library, evict }))
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toMatch(/python3 \(pid 4711\)/)
    expect(machine.callCounts().changing).toBe(0)
    expect(await placesNow(machine)).toEqual(before)
  })

  test('an evict function that throws stops the apply with its error', async () => {
    using machine = await busyMachine()
    const mine = new Error('mine')
    const evict = () => Promise.reject(mine)
    const work = applyMigConfig(whole, { library: machine.library, evict })
    await expect(work).rejects.toBe(mine)
    expect(machine.callCounts().changing).toBe(0)
  })

  test('after an abort, the apply does not wait for an evict function that never settles', async () => {
    using machine = await busyMachine()
    const abort = new AbortController()
    const evict = (): Promise<void> => {
      queueMicrotask(() => abort.abort())
      return new Promise(() => {})
    }
    const options = { library: machine.library, evict, signal: abort.signal }
    await expect(applyMigConfig(whole, options)).rejects.toMatchObject({ code: 'ABORT_ERR' })
    expect(machine.callCounts().changing).toBe(0)
    await applyMigConfig(seven, { library: machine.library })
  })

  test('a plan and a dry run do not call an evict function, and the plan names the holders', async () => {
    using machine = await busyMachine()
    const evict = (): void => {
      throw new Error('called')
    }
    const options = { library: machine.library, evict }
    const plan = await planMigConfig(whole, options)
    expect(plan.gpus[0]?.evicted).toMatchObject([{ pid: 4711 }])
    const report = await applyMigConfig(whole, { ...options, dryRun: true })
    expect(report.plan.gpus[0]?.evicted).toMatchObject([{ pid: 4711 }])
  })

  test('an evict function is not called if there is room around the busy instances', async () => {
    using machine = await busyMachine()
    const evict = (): void => {
      throw new Error('called')
    }
    const wanted = wantOnAll({ '1g.5gb': 1, '3g.20gb': 1 })
    const report = await applyMigConfig(wanted, { library: machine.library, evict })
    expect(report.plan.gpus[0]?.evicted).toBeUndefined()
    expect(report.gpus[0]?.kept.map(({ placement }) => placement.start)).toEqual([3])
  })

  test('an evict function is not called for devices that do not even fit an idle GPU', async () => {
    using machine = await busyMachine()
    const evict = (): void => {
      throw new Error('called')
    }
    const wanted = wantOnAll({ '7g.40gb': 2 })
    const error = await rejectionOf(applyMigConfig(wanted, { library: machine.library, evict }))
    expect(error.code).toBe('MIG_PARTITION_INFEASIBLE')
  })
})

describe('evict: true', () => {
  test('evict: true ends no process: the driver refuses, and the apply is undone', async () => {
    using machine = await busyMachine()
    const before = await placesNow(machine)
    const options = { library: machine.library, evict: true }
    const error = await rejectionOf(applyMigConfig(whole, options))
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toMatch(/python3 \(pid 4711\) in GPU instance/)
    expect(error.holders).toMatchObject([{ pid: 4711 }])
    expect(error.report?.outcome).toBe('undone')
    expect(await placesNow(machine)).toEqual(before)
  })

  test('evict: true succeeds if the process ends in time', async () => {
    using machine = await busyMachine()
    const report = await applyMigConfig(whole, {
      library: machine.library,
      evict: true,
      onEvent: (event) => {
        if (event.kind === 'planned') machine.removeProcess(4711)
      },
    })
    expect(report.outcome).toBe('applied')
  })

  test('evict: true resets a GPU that a process has open, if the driver permits it', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
    const root = fakeRoot()
    writeRootTree(machine, root)
    putProcess(root, 815, { words: ['nvidia-persistenced'], opens: ['/dev/nvidia0'] })
    const library = { ...machine.library, root }
    const report = await applyMigConfig(seven, { library, evict: true })
    expect(report.plan.gpus[0]?.evicted).toMatchObject([{ pid: 815, opensNodeOnly: true }])
    expect(report.gpus[0]?.modeStatus).toBe('changed')
  })
})

test('modeOnly keeps the instances of a GPU whose mode is right, busy or not', async () => {
  using machine = await busyMachine()
  const options = { library: machine.library, modeOnly: true }
  const report = await applyMigConfig(whole, options)
  expect(report.outcome).toBe('unchanged')
  expect(machine.callCounts().changing).toBe(0)
})
