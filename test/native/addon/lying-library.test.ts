import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { openSession } from '../../../lib/driver/session.js'
import { applyMigConfig } from '../../../lib/index.js'
import { openNvml } from '../../../lib/nvml.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { LibraryRef } from '../../../types/machine/options.js'
import { rejectionOf } from '../../support/errors.js'
import { simulatorPath } from '../../support/native-paths.js'
import { readMigState } from '../../support/read-state.js'
import { buildProgram } from '../build-program.js'

/** The simulated driver behind functions that lie, one at a time. */
let liar = ''

beforeAll(() => {
  const source = fileURLToPath(new URL('lying_library.cc', import.meta.url))
  const simulator = simulatorPath()
  const linking = [`-Wl,-rpath,${dirname(simulator)}`, '-Wl,--no-as-needed']
  liar = buildProgram('lying-library', [source, simulator], ['-shared', '-fPIC', ...linking])
})

/** A process remembers what it has read about a GPU, so each test has its own GPU. */
let lastSeed = 0

afterEach(() => {
  delete process.env['MIG_TEST_LIE']
})

/** Runs a test on a machine with one GPU instance of 3g.20gb, whose driver then lies. */
async function whileLying(
  lie: string,
  look: (library: LibraryRef) => Promise<void>,
  { mig = true } = {},
): Promise<void> {
  const text = `1x A100-SXM4-40GB${mig ? ' +mig' : ''}`
  using machine = createSimulatedMachine(text, { seed: ++lastSeed })
  const library = { ...machine.library, path: liar }
  if (mig) {
    await using nvml = await openNvml({ library })
    const gpu = await nvml.deviceGetHandleByIndex(0)
    const { id } = await nvml.deviceCreateGpuInstance(gpu, 9)
    await nvml.gpuInstanceCreateComputeInstance(gpu, id, 2)
  }
  process.env['MIG_TEST_LIE'] = lie
  await look(library)
}

test('the lying library without a lie is the simulated driver', async () => {
  await whileLying('', async (library) => {
    const { gpus } = await readMigState({ library })
    expect(gpus.map(({ gpuInstances }) => gpuInstances.length)).toEqual([1])
  })
})

test.each([
  ['gpus 4294967295', '4,294,967,295 GPUs'],
  ['gpus 1000000', '1,000,000 GPUs'],
  ['gpus 249', '249 GPUs'],
  ['instances 65', '65 instances'],
  ['instances 4294967295', '4,294,967,295 instances'],
  ['compute-instances 4294967295', '4,294,967,295 instances'],
  ['placements 65', '65 placements'],
  ['placements 4294967295', '4,294,967,295 placements'],
  ['compute-placements 4294967295', '4,294,967,295 placements'],
])('a driver that reports "%s" causes an error that names the count', async (lie, said) => {
  await whileLying(lie, async (library) => {
    // The second time, too, when some of it may be known.
    for (let time = 0; time < 2; time++) {
      const error = await rejectionOf(readMigState({ library }))
      expect(error.code).toBe('MIG_DRIVER_INVALID')
      expect(error.message).toContain(said)
      expect(error.message).toMatch(/^nvml\w+ .*at most/)
    }
  })
})

test.each(['wants 4294967295', 'wants 65537', 'processes 4294967295', 'processes 33'])(
  'a process list that the driver reports as "%s" causes an error that names the GPU',
  async (lie) => {
    await whileLying(lie, async (library) => {
      await using session = await openSession({ library })
      const gpu = await session.readUuid(0)
      const error = await rejectionOf(session.readProcesses(gpu))
      expect(error.code).toBe('MIG_DRIVER_INVALID')
      expect(error.message).toContain(gpu)
      expect(error.message).toContain(`${Number(lie.split(' ')[1]).toLocaleString('en')} processes`)
    })
  },
)

test('a process list that grows with each call ends with the answer of the driver', async () => {
  await whileLying('grows', async (library) => {
    await using nvml = await openNvml({ library })
    const gpu = await nvml.deviceGetHandleByIndex(0)
    await expect(nvml.deviceGetComputeRunningProcesses(gpu)).rejects.toMatchObject({
      code: 'NVML_ERROR_INSUFFICIENT_SIZE',
    })
  })
})

test('instances that a driver counts but does not list are an error, and no stray handle is used', async () => {
  await whileLying('instances 5', async (library) => {
    await expect(readMigState({ library })).rejects.toMatchObject({ name: 'NvmlError' })
  })
})

test('a text without an end is read up to the end of its buffer', async () => {
  await whileLying('name', async (library) => {
    const { gpus } = await readMigState({ library })
    expect(gpus[0]?.name).toBe('N'.repeat(96))
  })
})

test.each([
  ['knows a profile by every number', 'profiles'],
  ['has a placement beyond every GPU', 'far'],
])('an apply on a driver that %s fails before anything changes', async (_, lie) => {
  const document =
    'version: v1\nmig-configs: {a: [{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 1}}]}'
  await whileLying(
    lie,
    async (library) => {
      const error = await rejectionOf(applyMigConfig(document, { library }))
      expect(['MIG_GEOMETRY_UNKNOWN', 'MIG_PROFILE_UNKNOWN']).toContain(error.code)
      await using nvml = await openNvml({ library })
      const gpu = await nvml.deviceGetHandleByIndex(0)
      expect(await nvml.deviceGetMigMode(gpu)).toEqual({ current: 0, pending: 0 })
    },
    { mig: false },
  )
})

test('the search for a profile by its id ends even on a driver with endless gaps', async () => {
  await whileLying('gaps', async (library) => {
    await using nvml = await openNvml({ library })
    const gpu = await nvml.deviceGetHandleByIndex(0)
    await expect(nvml.deviceGetGpuInstanceProfileInfoById(gpu, 9)).rejects.toMatchObject({
      code: 'NVML_ERROR_INVALID_ARGUMENT',
    })
  })
})
