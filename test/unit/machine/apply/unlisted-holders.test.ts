// Clients of the driver that have an instance open and are in no list of processes, as was found for DCGM
// (NVIDIA/DCGM#95, #276). The driver refuses to destroy what they hold.
import { expect, test } from 'vitest'
import { applyMigConfig, recoverMig } from '../../../../lib/index.js'
import { openNvml } from '../../../../lib/nvml.js'
import { createSimulatedMachine, writeRootTree } from '../../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { configure } from '../../../support/configure.js'
import { rejectionOf } from '../../../support/errors.js'
import { fakeRoot } from '../../../support/root-tree.js'

const halves = configure({ '3g.20gb': 2 })
const seven = configure({ '1g.5gb': 7 })

/** Two halves; a subscriber holds the one that starts at `start`. */
async function heldHalf(start: number): Promise<SimulatedMachine> {
  const machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  await applyMigConfig(halves, { library: machine.library })
  addTo(machine, start, { pid: 900, name: 'nv-hostengine', kind: 'subscriber' })
  return machine
}

function addTo(
  machine: SimulatedMachine,
  start: number,
  process: { pid: number; name: string; kind: 'subscriber' | 'compute' },
): void {
  const [gpu] = machine.describe().gpus
  const held = gpu?.gpuInstances.find(({ placement }) => placement.start === start)
  machine.addProcess({ gpu: 0, gpuInstanceId: held?.id ?? -1, computeInstanceId: 0, ...process })
}

const layoutOf = (machine: SimulatedMachine) =>
  machine
    .describe()
    .gpus[0]?.gpuInstances.map(({ profileName, placement }) => [profileName, placement.start])

test('NVML lists no subscriber and no work in its instance, and refuses to destroy the instance', async () => {
  using machine = await heldHalf(0)
  await using nvml = await openNvml({ library: machine.library })
  const gpu = await nvml.deviceGetHandleByIndex(0)
  expect(await nvml.deviceGetComputeRunningProcesses(gpu)).toEqual([])
  const [gi] = machine.describe().gpus[0]?.gpuInstances ?? []
  await expect(nvml.computeInstanceDestroy(gpu, gi?.id ?? -1, 0)).rejects.toMatchObject({
    code: 'NVML_ERROR_IN_USE',
  })
  machine.removeProcess(900)
  await nvml.computeInstanceDestroy(gpu, gi?.id ?? -1, 0)
})

test.each([0, 4])(
  'an apply that meets a subscriber at %i is undone, and the error says what may hold the instance',
  async (start) => {
    using machine = await heldHalf(start)
    const { library } = machine
    const before = layoutOf(machine)
    const error = await rejectionOf(applyMigConfig(seven, { library }))
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.report?.outcome).toBe('undone')
    expect(error.message).toMatch(
      /could not destroy .*NVML_ERROR_IN_USE.*; the machine is as before$/,
    )
    expect(error.holders).toBeUndefined()
    expect(error.hint).toMatch(
      /no process that holds it was found.*DCGM.*nv-hostengine, dcgm-exporter/,
    )
    expect(layoutOf(machine)).toEqual(before)
    // Nothing is left for a recovery, and when the subscriber has gone the apply succeeds.
    expect((await recoverMig({ library })).recovered).toEqual([])
    machine.removeProcess(900)
    expect((await applyMigConfig(seven, { library })).outcome).toBe('applied')
  },
)

test('a process in another instance is not named for an instance that a subscriber holds', async () => {
  using machine = await heldHalf(4)
  addTo(machine, 0, { pid: 4711, name: 'python3', kind: 'compute' })
  const wanted = configure({ '3g.20gb': 1, '1g.5gb': 3 })
  const error = await rejectionOf(applyMigConfig(wanted, { library: machine.library }))
  expect(error.code).toBe('MIG_IN_USE')
  expect(error.message).not.toMatch(/4711|python3/)
  expect(error.hint).toMatch(/DCGM/)
})

test('a subscriber with open device nodes is found before anything changes, and is named', async () => {
  using machine = await heldHalf(4)
  const root = fakeRoot()
  writeRootTree(machine, root, { processes: true })
  const library = { ...machine.library, root }
  const changes = machine.journal().length
  const error = await rejectionOf(applyMigConfig(seven, { library }))
  expect(error.code).toBe('MIG_IN_USE')
  expect(error.message).toMatch(/nv-hostengine.*900/)
  expect(error.holders).toMatchObject([{ pid: 900, command: 'nv-hostengine', kind: null }])
  expect(machine.journal()).toHaveLength(changes)
  // The plan keeps the instance if it can.
  const kept = await applyMigConfig(configure({ '3g.20gb': 1, '1g.5gb': 3 }), { library })
  expect(kept.gpus[0]?.kept.map(({ placement }) => placement.start)).toEqual([4])
})

test('memory that an idle instance has in use does not block an apply', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  machine.setIdleMemory(49)
  const { library } = machine
  const { after } = await applyMigConfig(halves, { library })
  await using nvml = await openNvml({ library })
  const [half] = after.gpus[0]?.gpuInstances ?? []
  const memory = await nvml.deviceGetMemoryInfo(half?.computeInstances[0]?.uuid ?? 'MIG-')
  expect([memory.used, memory.total - memory.free]).toEqual([49 * 2 ** 20, 49 * 2 ** 20])
  expect(after.gpus[0]?.memoryMiB).toBe(40960)
  const report = await applyMigConfig(seven, { library })
  expect(report.after.gpus[0]?.gpuInstances).toHaveLength(7)
})
