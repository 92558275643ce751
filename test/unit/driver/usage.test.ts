// The option `processes` of `readMigState`, with and without permissions.
import { expect, test } from 'vitest'
import { applyMigConfig, listMigDevices, readMigState } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../types/simulator/machine.js'
import { configure } from '../../support/configure.js'
import { divideMachine } from '../rights/divided-machine.js'

const usageOf = async ({ library }: SimulatedMachine) =>
  (await readMigState({ library, processes: true })).usage

async function withBusyDevices(
  look: (machine: SimulatedMachine, ids: readonly number[]) => Promise<void>,
): Promise<void> {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB')
  const { library } = machine
  await applyMigConfig(configure({ '3g.20gb': 2 }), { library })
  const ids = listMigDevices(await readMigState({ library })).map((each) => each.gpuInstanceId)
  const [first = -1] = ids
  machine.addProcess({
    pid: 50,
    gpu: 0,
    gpuInstanceId: first,
    computeInstanceId: 0,
    memoryMiB: 700,
  })
  machine.addProcess({ pid: 51, gpu: 1, memoryMiB: 90 })
  await look(machine, ids)
}

test('with processes, a state has the memory in use of each GPU and MIG device and its processes', async () => {
  await withBusyDevices(async (machine, [first, second]) => {
    const [one, two] = await usageOf(machine)
    expect(one?.migDevices).toMatchObject([
      { gpuInstanceId: first, computeInstanceId: 0, usedMemoryMiB: 700, totalMemoryMiB: 19968 },
      { gpuInstanceId: second, computeInstanceId: 0, usedMemoryMiB: 0, totalMemoryMiB: 19968 },
    ])
    expect(one?.processes).toMatchObject([{ pid: 50, gpuInstanceId: first, usedMemoryMiB: 700 }])
    expect(two).toMatchObject({
      gpuIndex: 1,
      usedMemoryMiB: 90,
      migDevices: [],
      processes: [{ pid: 51, gpuInstanceId: null }],
      unreadable: [],
    })
  })
})

test('without the option, a state has no usage, and the driver is not asked for processes', async () => {
  await withBusyDevices(async (machine) => {
    machine.resetCallCounts()
    expect(await readMigState({ library: machine.library })).not.toHaveProperty('usage')
    expect(Object.keys(machine.callCounts().byFunction).join()).not.toMatch(/Processes/)
  })
})

test('a list that the driver refuses is named as unreadable, and the processes of the other lists are there', async () => {
  await withBusyDevices(async (machine) => {
    const fn = 'nvmlDeviceGetGraphicsRunningProcesses_v3'
    machine.fail({ fn, error: 'NVML_ERROR_UNKNOWN' })
    expect((await usageOf(machine))[0]).toMatchObject({
      processes: [{ pid: 50 }],
      unreadable: [{ what: 'processes', migDevice: null, code: 'NVML_ERROR_UNKNOWN' }],
    })
  })
})

test('memory of a MIG device that the driver does not report is null and named, not zero', async () => {
  await withBusyDevices(async (machine) => {
    const { uuid } = listMigDevices(await readMigState({ library: machine.library }))[0] ?? {}
    // Before: each of two GPUs for the state, and the first whole GPU for the usage.
    const fn = 'nvmlDeviceGetMemoryInfo_v2'
    machine.fail({ fn, nth: 4, error: 'NVML_ERROR_UNKNOWN' })
    expect((await usageOf(machine))[0]).toMatchObject({
      migDevices: [{ uuid, usedMemoryMiB: null, totalMemoryMiB: null }, { usedMemoryMiB: 0 }],
      unreadable: [{ what: 'memory', migDevice: uuid, code: 'NVML_ERROR_UNKNOWN' }],
    })
  })
})

test('with mig/monitor alone, the memory and the processes of all MIG devices are as root reads them', async () => {
  await withBusyDevices(async (machine) => {
    const asRoot = await usageOf(machine)
    machine.setPrivileges('monitor')
    expect(await usageOf(machine)).toEqual(asRoot)
  })
})

test('without mig/monitor, the usage of a divided GPU is unknown and not empty', async () => {
  using machine = await divideMachine()
  machine.setPrivileges('none')
  const [divided, , undivided] = await usageOf(machine)
  const code = 'NVML_ERROR_NO_PERMISSION'
  expect(divided).toMatchObject({
    usedMemoryMiB: null,
    unreadable: [
      { what: 'memory', migDevice: null, code },
      { what: 'processes', migDevice: null, code },
    ],
  })
  expect(undivided).toMatchObject({ usedMemoryMiB: 0, unreadable: [] })
})

test('processes must be true or false', async () => {
  await expect(readMigState({ processes: 'yes' as never })).rejects.toThrow(
    /readMigState: .*processes/,
  )
})
