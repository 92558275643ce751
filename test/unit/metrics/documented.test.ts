import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { migMetrics } from '../../../lib/index.js'
import { addEnd, noCounts } from '../../../lib/machine/counts/apply-counts.js'
import { samplesOf } from '../../support/prometheus-text.js'
import { stateOf } from '../../support/state.js'

const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')

test('docs/metrics.md lists each metric with its labels, and no other', () => {
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
  const state = stateOf([{ key: 'A100-SXM4-40GB', instances: ['3g.20gb@0'] }])
  const made = [
    ...samplesOf(migMetrics(state, context)),
    ...samplesOf(migMetrics(null, { failure: new Error('no') })),
  ]
  const named = new Map(made.map(({ name, labels }) => [name, Object.keys(labels)]))
  expect(documented.toSorted()).toEqual([...named].toSorted())
})
