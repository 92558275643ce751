import { expect, test } from 'vitest'
import type { DriverSession } from '../../../../lib/driver/session.js'
import { applyMigConfig } from '../../../../lib/index.js'
import { changeMode } from '../../../../lib/machine/operation/change-mode.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { documentOf, entryFor } from '../../../support/configs.js'
import { rejectionOf } from '../../../support/errors.js'
import { listCalls, prepare, problemsUnder } from '../../../support/every-fault.js'
import { faultCases } from '../../../support/fault-cases.js'
import { wantOnAll } from '../../../support/wanted.js'

const off = documentOf(entryFor('all', 'off'))

/** A driver that reports success for every mode change, and leaves the mode as it is. */
function lyingSession(enabled: boolean): DriverSession {
  const session: Pick<DriverSession, 'setMigMode' | 'readMigMode' | 'skipReset'> = {
    skipReset: false,
    setMigMode: async () => ({ activation: 0 }),
    readMigMode: async () => ({ enabled, pending: enabled }),
  }
  return session as DriverSession
}

test.each([
  [true, 'turning MIG mode on, but the mode is still off'],
  [false, 'turning MIG mode off, but the mode is still on'],
])('the error names a mode change to %s that the driver only claimed', async (enabled, words) => {
  const step = { kind: 'set-mig-mode', gpu: 'GPU-1', gpuIndex: 3, enabled } as const
  const error = await rejectionOf(changeMode(lyingSession(!enabled), step))
  expect(error.code).toBe('MIG_VERIFY_FAILED')
  expect(error.message).toBe(`GPU 3: the driver reports success for ${words}`)
})

test.each([
  ['H100-80GB-SXM', wantOnAll({ '1g.10gb': 7 }), 'turning MIG mode on, but the mode is still off'],
  ['H100-80GB-SXM +mig', off, 'turning MIG mode off, but the mode is still on'],
  ['A100-SXM4-40GB', wantOnAll({ '1g.5gb': 7 }), 'turning MIG mode on, but the mode is still off'],
] as const)(
  '%s: the error of an apply names a mode change that the driver only claimed',
  async (spec, wanted, words) => {
    using machine = createSimulatedMachine(spec)
    machine.fail({ fn: 'nvmlDeviceSetMigMode', error: 0 })
    const { code, message, report } = await rejectionOf(
      applyMigConfig(wanted, { library: machine.library }),
    )
    expect(code).toBe('MIG_VERIFY_FAILED')
    expect(message).toBe(`GPU 0: the driver reports success for ${words}; the machine is as before`)
    expect(report?.outcome).toBe('undone')
    // No step was tried that needs the new mode.
    expect(machine.journal().map(({ fn }) => fn)).toEqual(['nvmlDeviceSetMigMode'])
  },
)

const changes = /SetMigMode|Create|Destroy/

test.each(faultCases)(
  '$name: when the driver only claims a change, the machine is as the report says',
  async (each) => {
    let machine = await prepare(each)
    const wrong: string[] = []
    for (const call of (await listCalls(each)).filter(({ fn }) => changes.test(fn))) {
      const { problems, isAsBefore } = await problemsUnder(each, machine, { ...call, error: 0 })
      for (const problem of problems) wrong.push(`${call.fn} ${call.nth}: ${problem}`)
      if (isAsBefore) continue
      machine.close()
      machine = await prepare(each)
    }
    machine.close()
    expect(wrong).toEqual([])
  },
)

test.each([
  ['3g.20gb', wantOnAll({ '3g.20gb': 2 }), wantOnAll({ '1g.5gb': 7 })],
  ['1c.3g.20gb', wantOnAll({ '1c.3g.20gb': 3 }), off],
] as const)(
  'the error names the claimed destruction of a %s as the cause, not a process or monitoring',
  async (_size, first, wanted) => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    await applyMigConfig(first, { library })
    // Not the first of the instances that go.
    machine.fail({ fn: 'nvmlComputeInstanceDestroy', nth: 2, error: 0 })
    const error = await rejectionOf(applyMigConfig(wanted, { library }))
    expect(error.code).toBe('MIG_VERIFY_FAILED')
    expect(error.message).toMatch(
      /reports success for destroying compute instance \d of GPU instance \d, and one with that id is still there; the machine is as before$/,
    )
    expect(error.hint).toBeUndefined()
    expect(error.holders ?? []).toEqual([])
    expect(error.cause).toMatchObject({ code: 'NVML_ERROR_IN_USE' })
    expect(error.report?.outcome).toBe('undone')
  },
)

test('a GPU instance in use that has lost its compute instances is reported as in use', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library })
  machine.fail({ fn: 'nvmlGpuInstanceDestroy', error: 'NVML_ERROR_IN_USE' })
  const error = await rejectionOf(applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library }))
  expect(error.code).toBe('MIG_IN_USE')
})
