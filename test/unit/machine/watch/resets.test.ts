import { expect, test } from 'vitest'
import { applyMigConfig, watchMigState } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { wantOnAll } from '../../../support/wanted.js'
import { changesUntil, nextOf } from '../../../support/watching.js'

test('a watch closes the driver while a GPU is reset, and continues afterwards', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
  const library = machine.library
  await using watch = watchMigState({ library, intervalMs: 1e6 })
  await nextOf(watch)
  const counts: Record<string, number> = {}
  const reset = async (): Promise<void> => {
    const { byFunction } = machine.callCounts()
    for (const name of ['nvmlInit_v2', 'nvmlShutdown', 'nvmlEventSetCreate', 'nvmlEventSetFree'])
      counts[name] = byFunction[name] ?? 0
    machine.resetGpu(0)
  }
  const report = await applyMigConfig(wantOnAll({}), { library, reset })
  expect(report.outcome).toBe('applied')
  // NVML was closed everywhere when the GPU was reset.
  expect(counts['nvmlShutdown']).toBe(counts['nvmlInit_v2'])
  expect(counts['nvmlEventSetFree']).toBe(counts['nvmlEventSetCreate'])
  expect(counts['nvmlEventSetFree']).toBeGreaterThan(0)

  // No event reported it, because the watch was closed then.
  await changesUntil(watch, 'mig-mode')
  machine.loseGpu(0)
  expect(await changesUntil(watch, 'xid')).toContainEqual(
    expect.objectContaining({ kind: 'xid', xid: 79, gpuIndex: 0 }),
  )
})
