// A rejection names the blocking processes, and comes before any changing call.
import { describe, expect, test } from 'vitest'
import { openSession } from '../../../../lib/driver/session.js'
import { applyMigConfig, readMigState } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigConfigInput } from '../../../../types/config/config.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { rejectionOf } from '../../../support/errors.js'
import { wantOnAll } from '../../../support/wanted.js'

async function expectRefused(
  machine: SimulatedMachine,
  wanted: MigConfigInput,
  pids: readonly number[],
): Promise<void> {
  machine.resetCallCounts()
  const { library } = machine
  const { code, holders } = await rejectionOf(applyMigConfig(wanted, { library }))
  expect(code).toBe('MIG_IN_USE')
  expect(holders?.map(({ pid }) => pid).sort()).toEqual(pids)
  expect(machine.callCounts().changing).toBe(0)
}

/** A 3g.20gb at 0 with compute instances of these sizes, in this order. */
function partsAt0(...slices: readonly number[]): MigConfigInput {
  const names = slices.map((count) => (count === 3 ? '3g.20gb' : `${count}c.3g.20gb`))
  const parts = names.map((profile) => ({ profile }))
  const placements = [{ profile: '3g.20gb', start: 0, 'compute-instances': parts }]
  const entry = { devices: 'all' as const, 'mig-enabled': true, placements }
  return { version: 'mig-nvml/v1', 'mig-configs': { parts: [entry] } }
}

describe('placements in which a GPU instance stays and its compute instances do not', () => {
  test('the error names the process in a compute instance that goes, when the GPU instance stays', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    await applyMigConfig(partsAt0(1, 1, 1), { library })
    const [instance] = (await readMigState({ library })).gpus[0]?.gpuInstances ?? []
    for (const [n, { id }] of (instance?.computeInstances ?? []).entries())
      machine.addProcess({
        pid: 100 + n,
        gpu: 0,
        name: 'python3',
        gpuInstanceId: instance?.id ?? 0,
        computeInstanceId: id,
      })
    await expectRefused(machine, partsAt0(3), [100, 101, 102])
  })

  test('a process in a compute instance that stays does not block the others', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    await applyMigConfig(partsAt0(1, 1, 1), { library })
    const [instance] = (await readMigState({ library })).gpus[0]?.gpuInstances ?? []
    const first = instance?.computeInstances.find(({ placement }) => placement?.start === 0)
    machine.addProcess({
      pid: 100,
      gpu: 0,
      name: 'python3',
      gpuInstanceId: instance?.id ?? 0,
      computeInstanceId: first?.id ?? 0,
    })
    const report = await applyMigConfig(partsAt0(1, 1), { library })
    expect(report.gpus[0]?.devices.destroyed).toHaveLength(1)
  })
})

const lists = [
  ['compute', 'nvmlDeviceGetComputeRunningProcesses'],
  ['graphics', 'nvmlDeviceGetGraphicsRunningProcesses'],
  ['mps', 'nvmlDeviceGetMPSComputeRunningProcesses'],
] as const

describe.each(lists)('when the list of %s processes fails', (failing, fn) => {
  const others = lists.filter(([kind]) => kind !== failing).map(([kind]) => kind)

  test.each(others)(
    'a %s process in a readable list still blocks the apply, and is named',
    async (kind) => {
      using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
      const { library } = machine
      const { after } = await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library })
      const gpuInstanceId = after.gpus[0]?.gpuInstances[0]?.id ?? 0
      machine.addProcess({ pid: 4711, gpu: 0, gpuInstanceId, computeInstanceId: 0, kind })
      machine.fail({ fn, times: 1000, error: 'NVML_ERROR_UNKNOWN' })
      await expectRefused(machine, wantOnAll({ '1g.5gb': 7 }), [4711])
    },
  )

  test('when one list of processes fails and the others are empty, the failure is the error', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    machine.fail({ fn, times: 1000, error: 'NVML_ERROR_UNKNOWN' })
    await using session = await openSession({ library: machine.library })
    const [gpu] = (await session.readState()).gpus
    await expect(session.readProcesses(gpu?.uuid ?? 'GPU-')).rejects.toMatchObject({
      code: 'NVML_ERROR_UNKNOWN',
    })
  })
})
