import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'

test('an apply that names sixteen GPUs by their indexes causes no warning of Node', async () => {
  const warnings: string[] = []
  const listener = ({ message }: Error): void => void warnings.push(message)
  process.on('warning', listener)
  onTestFinished(() => void process.off('warning', listener))
  using machine = createSimulatedMachine('16x A100-SXM4-40GB')
  const entries = Array.from({ length: 16 }, (_, index) => ({
    devices: [index],
    'mig-enabled': true,
    'mig-devices': { '1g.5gb': 1 + (index % 7) },
  }))
  await applyMigConfig(
    { version: 'v1', 'mig-configs': { each: entries } },
    { library: machine.library, signal: new AbortController().signal },
  )
  // Node reports warnings in a later turn.
  await setImmediate()
  expect(warnings).toEqual([])
})
