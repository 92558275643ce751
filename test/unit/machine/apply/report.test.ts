import { describe, expect, test } from 'vitest'
import { applyMigConfig, isMigError } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import type { ApplyReport } from '../../../../types/machine/report.js'
import type { GpuState, MigUuid } from '../../../../types/model/state.js'
import { configure } from '../../../support/configure.js'
import { readMigState } from '../../../support/read-state.js'
import { wantOnAll } from '../../../support/wanted.js'

const seven = { '1g.5gb': 7 }
const balanced = { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }

const uuidsOf = (gpu: GpuState | undefined): (MigUuid | null)[] =>
  gpu?.gpuInstances.flatMap(({ computeInstances }) => computeInstances.map(({ uuid }) => uuid)) ??
  []

async function reportOf(work: Promise<ApplyReport>): Promise<ApplyReport> {
  const settled = await work.catch((error: unknown) => error)
  const report = isMigError(settled) ? settled.report : (settled as ApplyReport)
  if (report === undefined) throw settled
  return report
}

describe('MIG devices by UUID', () => {
  test('the report lists MIG devices as created, destroyed or kept', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    const made = await applyMigConfig(wantOnAll(seven), { library })
    const [before] = made.after.gpus
    expect([...(made.gpus[0]?.devices.created ?? [])].sort()).toEqual(uuidsOf(before).sort())
    expect(made.gpus[0]?.devices).toMatchObject({ destroyed: [], kept: [] })

    const changed = await applyMigConfig(wantOnAll(balanced), { library })
    const { created, destroyed, kept } = changed.gpus[0]?.devices ?? {}
    expect([created?.length, destroyed?.length, kept?.length]).toEqual([2, 5, 2])
    expect([...(kept ?? []), ...(destroyed ?? [])].sort()).toEqual(uuidsOf(before).sort())
    expect([...(kept ?? []), ...(created ?? [])].sort()).toEqual(
      uuidsOf(changed.after.gpus[0]).sort(),
    )
  })

  test('a MIG device that is created again at its placement is reported as destroyed and created', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    await applyMigConfig(wantOnAll(seven), { library })
    const before = uuidsOf((await readMigState({ library })).gpus[0])
    machine.fail({ fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', error: 'NVML_ERROR_UNKNOWN' })
    const { gpus } = await reportOf(applyMigConfig(wantOnAll(balanced), { library }))
    const { created = [], destroyed = [], kept = [] } = gpus[0]?.devices ?? {}
    expect(destroyed).toHaveLength(5)
    expect([...created].sort()).toEqual([...destroyed].sort())
    expect([...kept, ...created].sort()).toEqual(before.sort())
  })

  test('the report lists MIG devices of one GPU instance separately', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library })
    const { gpus } = await applyMigConfig(wantOnAll({ '3g.20gb': 1, '1c.3g.20gb': 3 }), { library })
    expect(gpus[0]?.kept).toHaveLength(2)
    const { created, destroyed, kept } = gpus[0]?.devices ?? {}
    expect([created?.length, destroyed?.length, kept?.length]).toEqual([3, 1, 1])
  })
})

describe('calls', () => {
  test('the calls in a report are those that the driver has counted', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
    const { library } = machine
    const { calls, gpus } = await applyMigConfig(wantOnAll(seven), { library })
    // After the report, NVML is shut down.
    expect(calls.total).toBe(machine.callCounts().total - 1)
    expect(calls.changing).toBe(machine.callCounts().changing)
    expect(gpus.map((gpu) => gpu.calls.changing)).toEqual([14, 14])
    for (const gpu of gpus) expect(gpu.calls.total).toBeLessThan(calls.total / 2)
  })

  test('the calls in a report include failed ones and those of an undo', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      nth: 2,
      error: 'NVML_ERROR_UNKNOWN',
    })
    const report = await reportOf(applyMigConfig(wantOnAll(seven), { library }))
    // Two calls, the refused third, and two that undo them.
    expect(report.calls.changing).toBe(5)
    expect(report.calls.changing).toBe(machine.callCounts().changing)
  })

  test('the report of an apply with nothing to do has no changing calls', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    await applyMigConfig(wantOnAll(seven), { library })
    const report = await applyMigConfig(wantOnAll(seven), { library })
    expect(report.calls.changing).toBe(0)
    expect(report.gpus[0]).toMatchObject({ outcome: 'unchanged', durationMs: 0 })
  })
})

describe('times', () => {
  /** The durations that a report must not exceed. */
  async function timed<T>(work: () => Promise<T>): Promise<{ value: T; elapsedMs: number }> {
    const started = performance.now()
    const value = await work()
    return { value, elapsedMs: performance.now() - started }
  }

  const slow = { fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', us: 2000 } as const

  test('no duration in a report is longer than that of the part that includes it', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
    machine.setLatency(slow)
    const { value: report, elapsedMs } = await timed(() =>
      applyMigConfig(configure(seven, balanced), { library: machine.library }),
    )
    expect(report.durationMs).toBeLessThanOrEqual(elapsedMs)
    for (const { durationMs, steps } of report.gpus) {
      const sum = steps.reduce((total, step) => total + step.durationMs, 0)
      expect(sum).toBeGreaterThan(2 * 2)
      expect(durationMs).toBeGreaterThanOrEqual(sum)
      expect(report.durationMs).toBeGreaterThanOrEqual(durationMs)
    }
  })

  test('the duration of a GPU includes its undo', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    await applyMigConfig(wantOnAll(balanced), { library })
    machine.setLatency(slow)
    machine.fail({ fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', error: 'NVML_ERROR_UNKNOWN' })
    const { value: report, elapsedMs } = await timed(() =>
      reportOf(applyMigConfig(wantOnAll(seven), { library })),
    )
    const [gpu] = report.gpus
    const sum = gpu?.steps.reduce((total, step) => total + step.durationMs, 0) ?? 0
    // The undo creates two instances again, and each takes 2 ms.
    expect(gpu?.durationMs).toBeGreaterThan(sum + 2 * 2)
    expect(gpu?.durationMs).toBeLessThanOrEqual(report.durationMs)
    expect(report.durationMs).toBeLessThanOrEqual(elapsedMs)
  })

  test('the durations of a dry run, of an apply with nothing to do and of a hook are no longer than the call', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    const hooks = { hooks: { 'apply-start': [() => {}] } }
    const told: number[] = []
    const onEvent = (event: ApplyEvent): void => {
      if ('durationMs' in event) told.push(event.durationMs)
    }
    for (const options of [{ dryRun: true }, { hooks }, { hooks }]) {
      const { value: report, elapsedMs } = await timed(() =>
        applyMigConfig(wantOnAll(seven), { library, onEvent, ...options }),
      )
      for (const durationMs of [report.durationMs, ...told.splice(0)]) {
        expect(durationMs).toBeLessThanOrEqual(elapsedMs)
        expect(durationMs).toBeGreaterThanOrEqual(0)
      }
    }
  })
})
