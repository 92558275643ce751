import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { applyMigConfig, migMetrics, NvmlError, readMigState } from '../../../lib/index.js'
import { addEnd, noCounts } from '../../../lib/machine/counts/apply-counts.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { configure } from '../../support/configure.js'
import { samplesOf } from '../../support/prometheus-text.js'

const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')

test('docs/metrics.md lists each metric with its labels, and no other', async () => {
  const documented = [...page.matchAll(/^\| `((?:mig|hw)_\w+)` \|(.*?)\|/gm)].map(
    ([, name, labels = '']) => [name, [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label)],
  )
  const end = {
    outcome: 'failed',
    seconds: 1,
    endedAt: 1,
    code: 'MIG_IN_USE',
    recovered: [],
  } as const
  const context = { applies: addEnd(noCounts, end), interruptedApplies: 0 }
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(configure({ '3g.20gb': 1 }), { library })
  const state = await readMigState({ library, processes: true })
  const failure = new NvmlError({ fn: 'nvmlInit_v2', ret: 999, gpu: 'GPU-1' })
  const made = [
    ...samplesOf(migMetrics(state, context)),
    ...samplesOf(migMetrics(null, { failure })),
  ]
  const named = new Map(made.map(({ name, labels }) => [name, Object.keys(labels)]))
  expect(documented.toSorted()).toEqual([...named].toSorted())
})
