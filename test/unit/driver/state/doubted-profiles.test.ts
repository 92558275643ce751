// A driver that leaves out profiles which the board has. GPU instances are listed by profile.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSession } from '../../../../lib/driver/session.js'
import {
  applyMigConfig,
  assertMigConfig,
  checkpointMig,
  isNvmlError,
} from '../../../../lib/index.js'
import { packageRoot } from '../../../../lib/model/package-root.js'
import { openNvml } from '../../../../lib/nvml.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { fakeRoot } from '../../../support/root-tree.js'
import { countDevices, wantOnAll } from '../../../support/wanted.js'

const cli = new URL('dist/cli/main.js', packageRoot()).pathname

// What a process has learnt of a GPU stays known to it: each test has another GPU.
let seed = 5000

function emptyMachine(): SimulatedMachine {
  seed += 1
  return createSimulatedMachine('A100-SXM4-40GB +mig', { seed })
}

/** Two 1g.5gb, created without a read of the machine. */
async function twoSmall(): Promise<SimulatedMachine> {
  const machine = emptyMachine()
  await using nvml = await openNvml({ library: machine.library })
  const gpu = (machine.describe().gpus[0]?.uuid ?? '') as `GPU-${string}`
  for (const start of [0, 1]) {
    const { id } = await nvml.deviceCreateGpuInstanceWithPlacement(gpu, 19, { start, size: 1 })
    await nvml.gpuInstanceCreateComputeInstance(gpu, id, 0)
  }
  return machine
}

function denyProfiles(machine: SimulatedMachine, error: string, times: number): void {
  for (const fn of ['nvmlDeviceGetGpuInstanceProfileInfoV', 'nvmlDeviceGetGpuInstanceProfileInfo'])
    machine.fail({ fn, error, times })
}

const nothing = wantOnAll({})

describe.each(['NVML_ERROR_NOT_SUPPORTED', 'NVML_ERROR_INVALID_ARGUMENT'])(
  '%s for a profile that the board has',
  (error) => {
    test('a profile that is left out once hides no instance', async () => {
      using machine = await twoSmall()
      const { library } = machine
      denyProfiles(machine, error, 1)
      expect((await assertMigConfig(nothing, { library })).matches).toBe(false)
      expect((await readMigState({ library })).gpus.map(countDevices)).toEqual([{ '1g.5gb': 2 }])
    })

    test('a profile that is always left out is an error if a MIG device shows that instances are hidden', async () => {
      using machine = await twoSmall()
      const { library } = machine
      machine.resetCallCounts()
      denyProfiles(machine, error, 100_000)
      const works = [
        () => readMigState({ library }),
        () => assertMigConfig(nothing, { library }),
        () => checkpointMig({ library }),
        () => applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library }),
      ]
      for (const work of works) {
        const thrown = await work().catch((reason: unknown) => reason)
        if (!isNvmlError(thrown)) throw thrown
        expect(thrown.fn).toBe('nvmlDeviceGetGpuInstanceProfileInfo')
      }
      expect(machine.callCounts().changing).toBe(0)
    })

    test('an apply does not create an instance of a profile that is always left out', async () => {
      using machine = emptyMachine()
      const { library } = machine
      machine.resetCallCounts()
      denyProfiles(machine, error, 100_000)
      const sizes = wantOnAll({ '1g.5gb': 2 })
      const places = {
        version: 'mig-nvml/v1',
        'mig-configs': {
          x: [
            { devices: 'all', 'mig-enabled': true, placements: [{ profile: '1g.5gb', start: 0 }] },
          ],
        },
      } as const
      for (const document of [sizes, places])
        expect(await rejectionOf(applyMigConfig(document, { library }))).toMatchObject({
          code: 'MIG_GEOMETRY_UNKNOWN',
          message: expect.stringContaining('without them it does not list instances'),
        })
      expect(machine.callCounts().changing).toBe(0)
    })
  },
)

test('a driver that reports no profile of an empty GPU is read once more, and its answer then counts', async () => {
  using machine = emptyMachine()
  const { library } = machine
  denyProfiles(machine, 'NVML_ERROR_INVALID_ARGUMENT', 100_000)
  for (const reads of [2, 1]) {
    machine.resetCallCounts()
    const { gpus } = await readMigState({ library })
    expect(gpus.map(({ geometry }) => geometry)).toEqual([null])
    expect(machine.callCounts().byFunction['nvmlDeviceGetMigMode']).toBe(reads)
  }
})

describe('a driver that always leaves out one profile of several', () => {
  const fn = 'nvmlDeviceGetGpuInstanceProfileInfoV'

  /** Denies 1g.5gb, the first profile of the driver, in every table. */
  async function denySmall(machine: SimulatedMachine): Promise<void> {
    using other = emptyMachine()
    await readMigState({ library: other.library })
    const perTable = other.callCounts().byFunction[fn] ?? 0
    expect(perTable).toBeGreaterThan(5)
    for (let table = 0; table < 12; table++)
      machine.fail({ fn, nth: 1 + table * perTable, error: 'NVML_ERROR_NOT_SUPPORTED' })
  }

  test('the instances of that profile are not hidden: every read is an error that names one of them, and nothing changes', async () => {
    using machine = await twoSmall()
    const { library } = machine
    await denySmall(machine)
    machine.resetCallCounts()
    for (const work of [
      () => readMigState({ library }),
      () => assertMigConfig(nothing, { library }),
      () => applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library }),
    ]) {
      const thrown = await work().catch((reason: unknown) => reason)
      if (!isNvmlError(thrown)) throw thrown
      expect(thrown).toMatchObject({
        fn: 'nvmlDeviceGetGpuInstanceProfileInfo',
        gpuInstance: expect.any(Number),
      })
    }
    expect(machine.callCounts().changing).toBe(0)
  })

  test('a GPU without instances of that profile is read as it is, also by a session that still sees a device that is gone', async () => {
    seed += 1
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig', {
      seed,
      store: join(fakeRoot(), 'machine'),
    })
    machine.setStaleSessions(true)
    await denySmall(machine)
    /** Another process, which no fault concerns. */
    const applyElsewhere = (devices: Readonly<Record<string, number>>) => {
      const args = [cli, 'apply', '-f', '-', '--library', machine.env['MIG_NVML_LIBRARY'] ?? '']
      const env = { ...process.env, ...machine.env, MIG_SIMULATOR_STEERING: 'off' }
      const input = JSON.stringify(wantOnAll(devices))
      expect(spawnSync(process.execPath, args, { env, input }).status).toBe(0)
    }
    applyElsewhere({ '3g.20gb': 1 })
    await using session = await openSession({ library: machine.library })
    expect((await session.readListedState()).gpus.map(countDevices)).toEqual([{ '3g.20gb': 1 }])
    applyElsewhere({})
    await using nvml = await openNvml({ library: machine.library })
    const gpu = await nvml.deviceGetHandleByIndex(0)
    expect(await nvml.deviceGetMigDeviceHandleByIndex(gpu, 0)).toMatch(/^MIG-/)
    expect((await session.readListedState()).gpus.map(countDevices)).toEqual([{}])
  })
})
