import { describe, expect, test } from 'vitest'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyOptions, LibraryRef } from '../../../../types/machine/options.js'
import type { ApplyReport } from '../../../../types/machine/report.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { configure } from '../../../support/configure.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices, placesOf } from '../../../support/wanted.js'

const seven = { '1g.5gb': 7 }
const balanced = { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }
const target = configure(balanced, balanced, balanced)

async function threeGpus(): Promise<SimulatedMachine> {
  const machine = createSimulatedMachine('3x A100-SXM4-40GB +mig')
  await applyMigConfig(configure(seven, seven, seven), { library: machine.library })
  return machine
}

const stateOf = async (library: LibraryRef): Promise<unknown[]> =>
  (await readMigState({ library })).gpus.map(placesOf)

const devicesOf = async (library: LibraryRef): Promise<unknown[]> =>
  (await readMigState({ library })).gpus.map(countDevices)

/** GPUs are changed one after the other; the first creating call on the second GPU fails. */
async function failOnSecond(
  machine: SimulatedMachine,
  options: ApplyOptions,
): Promise<ApplyReport> {
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth: 4,
    error: 'NVML_ERROR_INSUFFICIENT_RESOURCES',
  })
  const error = await rejectionOf(
    applyMigConfig(target, {
      library: machine.library,
      ...options,
    }),
  )
  if (error.report === undefined) throw error
  expect(error.code).toBe('MIG_STEP_FAILED')
  return error.report
}

const outcomesOf = ({ outcome, gpus }: ApplyReport): string[] => [
  outcome,
  ...gpus.map((gpu) => gpu.outcome),
]

test('with atomic machine, one failing GPU undoes all GPUs, and the remaining GPUs are not started', async () => {
  using machine = await threeGpus()
  const before = await stateOf(machine.library)
  const report = await failOnSecond(machine, {})
  expect(outcomesOf(report)).toEqual(['undone', 'undone', 'undone', 'undone'])
  expect(report.gpus[2]?.steps.every(({ status }) => status === 'not-started')).toBe(true)
  expect(await stateOf(machine.library)).toEqual(before)
})

test('with atomic gpu, only the failing GPU is undone, and the others are as wanted', async () => {
  using machine = await threeGpus()
  const [, second] = await stateOf(machine.library)
  const report = await failOnSecond(machine, { atomic: 'gpu' })
  expect(outcomesOf(report)).toEqual(['partial', 'applied', 'undone', 'applied'])
  expect(await devicesOf(machine.library)).toEqual([balanced, seven, balanced])
  expect((await stateOf(machine.library))[1]).toEqual(second)
  const statuses = report.gpus.map(({ steps }) => [...new Set(steps.map(({ status }) => status))])
  expect(statuses).toEqual([['done'], ['undone', 'failed', 'not-started'], ['done']])
})

test('with atomic none, a failing GPU stays as it is, and the report describes it', async () => {
  using machine = await threeGpus()
  const report = await failOnSecond(machine, { atomic: 'none' })
  expect(outcomesOf(report)).toEqual(['partial', 'applied', 'partial', 'applied'])
  const state = await readMigState({ library: machine.library })
  expect(report.after?.gpus.map(placesOf)).toEqual(state.gpus.map(placesOf))
  // A 3g.20gb was created, and the two instances that had to stay have stayed.
  expect(state.gpus.map(countDevices)[1]).toEqual({ '1g.5gb': 2, '3g.20gb': 1 })
  expect(report.gpus[1]?.steps.map(({ status }) => status)).toContain('done')
  expect(report.gpus[1]?.steps.map(({ status }) => status)).not.toContain('undone')
})

test('with atomic none, a failing GPU on which no step took effect counts as undone', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    times: 1000,
    error: 'NVML_ERROR_UNKNOWN',
  })
  const error = await rejectionOf(
    applyMigConfig(configure(seven, seven), {
      library: machine.library,
      atomic: 'none',
    }),
  )
  expect(error.report && outcomesOf(error.report)).toEqual([...['undone', 'undone', 'undone']])
})

describe('an abort during an apply that is not atomic', () => {
  test.each([
    ['gpu', 'as wanted: GPU 0; as before: GPU 1, 2'],
    ['none', 'as wanted: GPU 0; changed in part: GPU 1; as before: GPU 2'],
  ] as const)(
    'with atomic %s, an abort leaves the GPUs that are complete as wanted, and the error says how each is',
    async (atomic, ends) => {
      using machine = await threeGpus()
      const abort = new AbortController()
      let begun = 0
      const error = await rejectionOf(
        applyMigConfig(target, {
          library: machine.library,
          atomic,
          signal: abort.signal,
          onEvent: (event) => {
            if (event.kind === 'step-started' && event.step.gpuIndex === 1 && ++begun === 3)
              abort.abort()
          },
        }),
      )
      if (error.report === undefined) throw error
      expect(error.code).toBe('ABORT_ERR')
      expect(error.message).toBe(`the apply was stopped; ${ends}`)
      const second = atomic === 'gpu' ? 'undone' : 'partial'
      expect(outcomesOf(error.report)).toEqual(['partial', 'applied', second, 'undone'])
      const [first, , third] = await devicesOf(machine.library)
      expect([first, third]).toEqual([balanced, seven])
    },
  )
})

test('an unknown value of the option atomic is a TypeError', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  const options = { library: machine.library, atomic: 'all' as 'none' }
  await expect(applyMigConfig(target, options)).rejects.toThrow(TypeError)
})
