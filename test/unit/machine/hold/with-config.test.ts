import { describe, expect, test } from 'vitest'
import {
  applyMigConfig,
  holdMigConfig,
  type MigError,
  withMigConfig,
} from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { LibraryRef } from '../../../../types/machine/options.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices, placesOf, wantOnAll } from '../../../support/wanted.js'

const seven = wantOnAll({ '1g.5gb': 7 })
const halves = wantOnAll({ '3g.20gb': 2 })
const balanced = wantOnAll({ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })

async function places(library: LibraryRef): Promise<unknown> {
  return (await readMigState({ library })).gpus.map(placesOf)
}

async function devices(library: LibraryRef): Promise<unknown> {
  return (await readMigState({ library })).gpus.map(countDevices)
}

test('withMigConfig applies the configuration while the work runs, and restores the machine', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const library = machine.library
  await applyMigConfig(balanced, { library })
  const before = await places(library)
  const result = await withMigConfig(
    seven,
    async (report) => {
      expect(report.outcome).toBe('applied')
      expect(await devices(library)).toEqual([{ '1g.5gb': 7 }, { '1g.5gb': 7 }])
      return 42
    },
    { library },
  )
  expect(result).toBe(42)
  expect(await places(library)).toEqual(before)
})

test('withMigConfig restores the MIG mode', async () => {
  using machine = createSimulatedMachine('H100-80GB-SXM')
  const library = machine.library
  await withMigConfig(wantOnAll({ '1g.10gb': 1 }), () => {}, { library })
  expect((await readMigState({ library })).gpus[0]?.mig).toEqual({ enabled: false, pending: false })
})

test('withMigConfig restores only the GPUs of the configuration', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const library = machine.library
  const onFirst = (count: number) =>
    ({
      version: 'v1',
      'mig-configs': {
        one: [{ devices: [0], 'mig-enabled': true, 'mig-devices': { '1g.5gb': count } }],
      },
    }) as const
  const both = wantOnAll({ '2g.10gb': 1 })
  await withMigConfig(onFirst(7), () => applyMigConfig(both, { library }), { library })
  expect(await devices(library)).toEqual([{}, { '2g.10gb': 1 }])
})

describe('work that fails', () => {
  test('withMigConfig throws the error of the work after it has restored the machine', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const library = machine.library
    await applyMigConfig(balanced, { library })
    const before = await places(library)
    const thrown = { not: 'even an error' }
    const running = withMigConfig(seven, () => Promise.reject(thrown), { library })
    await expect(running).rejects.toBe(thrown)
    expect(await places(library)).toEqual(before)
  })

  test('withMigConfig restores the machine after an abort', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const library = machine.library
    const abort = new AbortController()
    const running = withMigConfig(
      seven,
      () => {
        abort.abort()
        abort.signal.throwIfAborted()
      },
      { library, signal: abort.signal },
    )
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    expect(await devices(library)).toEqual([{}])
  })
})

describe('a restore that fails', () => {
  async function failing(work: () => void): Promise<MigError> {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const error = await rejectionOf(
      withMigConfig(
        seven,
        () => {
          const [first] = machine.describe().gpus[0]?.gpuInstances ?? []
          machine.addProcess({
            pid: 4711,
            gpu: 0,
            gpuInstanceId: first?.id ?? -1,
            computeInstanceId: 0,
          })
          work()
        },
        { library: machine.library },
      ),
    )
    return error
  }

  test('a restore that fails is an error that says why', async () => {
    const error = await failing(() => {})
    expect(error.code).toBe('MIG_RESTORE_FAILED')
    expect(error.message).toMatch(/before "wanted".*4711/)
    expect(error.cause).toMatchObject({ code: 'MIG_IN_USE' })
  })

  test('the error of a failed restore has the error of the work too', async () => {
    const first = new Error('the work')
    const error = await failing(() => {
      throw first
    })
    expect(error.code).toBe('MIG_RESTORE_FAILED')
    expect(error.cause).toBe(first)
    expect(error.errors).toMatchObject([{ message: 'the work' }, { code: 'MIG_IN_USE' }])
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      errors: [{ message: 'the work' }, { code: 'MIG_IN_USE' }],
    })
  })
})

test('withMigConfig does not run the work if the apply fails', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  await applyMigConfig(balanced, { library })
  const before = await places(library)
  machine.fail({ fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', error: 'NVML_ERROR_UNKNOWN' })
  let ran = false
  const running = withMigConfig(
    seven,
    () => {
      ran = true
    },
    { library },
  )
  await expect(running).rejects.toMatchObject({ code: 'MIG_STEP_FAILED' })
  expect(ran).toBe(false)
  expect(await places(library)).toEqual(before)
})

test('withMigConfig can be nested, and the inner call restores first', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  await applyMigConfig(balanced, { library })
  const before = await places(library)
  await withMigConfig(
    seven,
    async () => {
      await withMigConfig(halves, () => {}, { library })
      expect(await devices(library)).toEqual([{ '1g.5gb': 7 }])
    },
    { library },
  )
  expect(await places(library)).toEqual(before)
})

test('holdMigConfig holds a configuration until the end of a block', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  {
    await using held = await holdMigConfig(halves, { library })
    expect(held.report.after.gpus.map(countDevices)).toEqual([{ '3g.20gb': 2 }])
  }
  expect(await devices(library)).toEqual([{}])
  const held = await holdMigConfig(halves, { library })
  const [first, second] = await Promise.all([held.restore(), held.restore()])
  expect(first).toBe(second)
})
