// A driver that says of a GPU that it cannot do MIG, though it can.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSession } from '../../../../lib/driver/session.js'
import {
  applyMigConfig,
  assertMigConfig,
  checkpointMig,
  isNvmlError,
  recoverMig,
  restoreMig,
} from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { untilCalled } from '../../../support/calls.js'
import { documentOf, entryFor } from '../../../support/configs.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { fakeRoot } from '../../../support/root-tree.js'
import { countDevices, wantOnAll } from '../../../support/wanted.js'

const codes = ['NVML_ERROR_NOT_SUPPORTED', 'NVML_ERROR_FUNCTION_NOT_FOUND'] as const
const off = documentOf(entryFor('all', 'off'))
const halves = wantOnAll({ '3g.20gb': 2 })
/** Can do MIG in the compute display mode alone: the model does not say whether it can. */
const workstation = 'NVIDIA RTX PRO 6000 Blackwell Workstation Edition'

async function twoHalves(): Promise<SimulatedMachine> {
  const machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  await applyMigConfig(halves, { library: machine.library })
  machine.resetCallCounts()
  return machine
}

function denyMig(machine: SimulatedMachine, error: string, times = 1000): void {
  machine.fail({ fn: 'nvmlDeviceGetMigMode', error, times })
}

describe.each(codes)('%s of a GPU whose model can do MIG', (error) => {
  test('a model with MIG that denies it once is read again', async () => {
    using machine = await twoHalves()
    denyMig(machine, error, 1)
    const { gpus } = await readMigState({ library: machine.library })
    expect(gpus.map(countDevices)).toEqual([{ '3g.20gb': 2 }])
  })

  test('a model with MIG that denies it each time is an error, and nothing changes', async () => {
    using machine = await twoHalves()
    const { library } = machine
    denyMig(machine, error)
    const works = [
      () => readMigState({ library }),
      () => assertMigConfig(off, { library }),
      () => applyMigConfig(off, { library }),
      () => checkpointMig({ library }),
    ]
    for (const work of works) {
      const thrown = await work().catch((reason: unknown) => reason)
      if (!isNvmlError(thrown)) throw thrown
      expect(thrown).toMatchObject({ code: error, fn: 'nvmlDeviceGetMigMode' })
      expect(thrown.message).toMatch(/on GPU 0 .*, though NVIDIA A100-SXM4-40GB can do MIG/)
    }
    expect(machine.callCounts().changing).toBe(0)
  })

  test('a model with MIG that denies it after an apply does not count as MIG off', async () => {
    using machine = await twoHalves()
    const { library } = machine
    let steps = 0
    const { code, report } = await rejectionOf(
      applyMigConfig(off, {
        library,
        atomic: 'none',
        onEvent({ kind }) {
          if (kind === 'step-done' && ++steps === 5) denyMig(machine, error)
        },
      }),
    )
    expect([code, report?.outcome]).toEqual(['MIG_VERIFY_FAILED', 'failed'])
  })
})

test('an aborted read does not wait for the second call to the driver', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  denyMig(machine, 'NVML_ERROR_NOT_SUPPORTED', 1)
  machine.fail({ fn: 'nvmlDeviceGetMigMode', nth: 2, hangMs: 5000 })
  const abort = new AbortController()
  const reading = readMigState({ library: machine.library, signal: abort.signal })
  await untilCalled(machine, 'nvmlDeviceGetMigMode', 2)
  abort.abort()
  await expect(reading).rejects.toMatchObject({ code: 'ABORT_ERR' })
  // The call that hangs is the last one: nobody has waited for its end.
  expect(machine.callCounts().byFunction['nvmlDeviceGetMigMode']).toBe(2)
})

test('a GPU that had MIG in the read before is not believed to lack it, whatever its model', async () => {
  using machine = createSimulatedMachine(`${workstation} +compute`)
  await using session = await openSession({ library: machine.library })
  expect((await session.readState()).gpus[0]?.mig).not.toBeNull()
  denyMig(machine, 'NVML_ERROR_NOT_SUPPORTED')
  await expect(session.readState()).rejects.toMatchObject({ code: 'NVML_ERROR_NOT_SUPPORTED' })
})

test.each([workstation, 'T4'])(
  '%s without MIG is read at once, as a GPU without MIG',
  async (model) => {
    using machine = createSimulatedMachine(model)
    const { gpus } = await readMigState({ library: machine.library })
    expect(gpus.map(({ mig }) => mig)).toEqual([null])
    expect(machine.callCounts().byFunction['nvmlDeviceGetMigMode']).toBe(1)
  },
)

describe('records of a GPU with MIG that denies it', () => {
  test('a checkpoint of a GPU that denies MIG is not restored by doing nothing', async () => {
    using machine = createSimulatedMachine(`${workstation} +compute`)
    const { library } = machine
    const checkpoint = await checkpointMig({ library })
    await applyMigConfig(wantOnAll({ '1g.24gb': 4 }), { library })
    denyMig(machine, 'NVML_ERROR_NOT_SUPPORTED')
    const { code } = await rejectionOf(restoreMig(checkpoint, { library }))
    expect(code).toBe('MIG_NOT_SUPPORTED')
  })

  test('the journal of a GPU that denies MIG stays until the GPU can be read', async () => {
    using machine = createSimulatedMachine(`${workstation} +compute`, {
      store: join(fakeRoot(), 'machine'),
    })
    const { library } = machine
    machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      nth: 3,
      times: 1000,
      error: 'NVML_ERROR_UNKNOWN',
    })
    machine.fail({ fn: 'nvmlGpuInstanceDestroy', times: 1000, error: 'NVML_ERROR_UNKNOWN' })
    await rejectionOf(applyMigConfig(wantOnAll({ '1g.24gb': 4 }), { library }))
    machine.clearFaults()
    denyMig(machine, 'NVML_ERROR_NOT_SUPPORTED')
    const { recovered } = await recoverMig({ library })
    expect(recovered).toMatchObject([
      { outcome: 'kept', reason: 'the driver reports that the GPU does not support MIG' },
    ])
    machine.clearFaults()
    expect((await recoverMig({ library })).recovered).toMatchObject([{ outcome: 'undone' }])
  })
})
