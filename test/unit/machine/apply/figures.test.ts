import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { applyMigConfig, planMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { LibraryRef } from '../../../../types/machine/options.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices, wantOnAll } from '../../../support/wanted.js'

const example = (name: string): string =>
  readFileSync(new URL(`../../../../examples/${name}.yaml`, import.meta.url), 'utf8')

/** The devices of eight A100s in NVIDIA's deck. */
const deck = [
  { file: 'kubecon-demo', config: 'all-disabled', devices: {}, whole: 8 },
  { file: 'kubecon-demo', config: 'all-1g.5gb', devices: { '1g.5gb': 56 }, whole: 0 },
  { file: 'kubecon-demo', config: 'all-2g.10gb', devices: { '2g.10gb': 24 }, whole: 0 },
  { file: 'kubecon-demo', config: 'all-3g.20gb', devices: { '3g.20gb': 16 }, whole: 0 },
  {
    file: 'kubecon-demo',
    config: 'all-balanced',
    devices: { '1g.5gb': 16, '2g.10gb': 8, '3g.20gb': 8 },
    whole: 0,
  },
  {
    file: 'dgx-a100-mixes',
    config: 'all-eight-mixed',
    devices: { '1g.5gb': 16, '2g.10gb': 8, '3g.20gb': 8 },
    whole: 0,
  },
  {
    file: 'dgx-a100-mixes',
    config: 'half-whole-half-mixed',
    devices: { '1g.5gb': 8, '2g.10gb': 4, '3g.20gb': 4 },
    whole: 4,
  },
] as const

test('the configurations of the deck, applied in order, give the devices of the deck', async () => {
  using machine = createSimulatedMachine('8x A100-SXM4-40GB')
  const library = machine.library
  for (const { file, config, devices, whole } of deck) {
    const report = await applyMigConfig(example(file), { config, library })
    expect(report.after?.gpus.filter((gpu) => gpu.mig?.enabled === false)).toHaveLength(whole)
    expect(await devicesOf(library)).toEqual(devices)
  }
})

describe('changing calls, counted by the driver, on one GPU', () => {
  const seven = wantOnAll({ '1g.5gb': 7 })
  const balanced = wantOnAll({ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })

  test('empty → 7 × 1g.5gb takes 14 changing calls, and a second apply takes none', async () => {
    using machine = createSimulatedMachine([{ model: 'A100-SXM4-40GB', migEnabled: true }])
    const library = machine.library
    await applyMigConfig(seven, { library })
    expect(machine.callCounts().changing).toBe(14)
    await applyMigConfig(seven, { library })
    expect(machine.callCounts().changing).toBe(14)
  })

  test('7 × 1g.5gb → balanced takes at most 14 changing calls and never destroys two of the 1g.5gb', async () => {
    using machine = createSimulatedMachine([{ model: 'A100-SXM4-40GB', migEnabled: true }])
    const library = machine.library
    await applyMigConfig(seven, { library })
    const ids = (await readMigState({ library })).gpus[0]?.gpuInstances.map((each) => each.id) ?? []
    machine.resetCallCounts()
    const before = machine.journal().length
    const report = await applyMigConfig(balanced, { library })
    expect(machine.callCounts().changing).toBeLessThanOrEqual(14)
    const destroyed = machine
      .journal()
      .slice(before)
      .filter((call) => /GpuInstanceDestroy/.test(call.fn))
      .map((call) => call.gpuInstanceId)
    const untouched = ids.filter((id) => !destroyed.includes(id))
    expect(untouched).toHaveLength(2)
    expect(report.gpus[0]?.kept.map((instance) => instance.id).sort()).toEqual(untouched.sort())
    expect(report.gpus[0]?.kept.every((instance) => instance.profileName === '1g.5gb')).toBe(true)
  })

  test('a configuration that does not fit takes no changing call', async () => {
    using machine = createSimulatedMachine([{ model: 'A100-SXM4-40GB', migEnabled: true }])
    const library = machine.library
    const tooMuch = wantOnAll({ '1g.5gb': 7, '2g.10gb': 3 })
    await expect(applyMigConfig(tooMuch, { library })).rejects.toMatchObject({
      code: 'MIG_PARTITION_INFEASIBLE',
    })
    expect(machine.callCounts().changing).toBe(0)
  })

  test('a plan and a dry run take no changing call, and agree with what the apply then does', async () => {
    using machine = createSimulatedMachine([{ model: 'A100-SXM4-40GB', migEnabled: true }])
    const library = machine.library
    await applyMigConfig(seven, { library })
    machine.resetCallCounts()
    const plan = await planMigConfig(balanced, { library })
    const dry = await applyMigConfig(balanced, { library, dryRun: true })
    expect(machine.callCounts().changing).toBe(0)
    expect(dry.outcome).toBe('planned')
    expect(dry.plan).toEqual(plan)
    const report = await applyMigConfig(balanced, { library })
    expect(report.plan).toEqual(plan)
    expect(machine.callCounts().changing).toBe(plan.gpus[0]?.steps.length)
  })
})

async function devicesOf(library: LibraryRef): Promise<Record<string, number>> {
  const total: Record<string, number> = {}
  for (const gpu of (await readMigState({ library })).gpus) {
    for (const [name, count] of Object.entries(countDevices(gpu)))
      total[name] = (total[name] ?? 0) + count
  }
  return total
}
