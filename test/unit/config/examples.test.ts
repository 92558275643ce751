import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { resolveConfig } from '../../../lib/config/resolve/resolve.js'
import { requireListedMachine } from '../../../lib/model/wanted.js'
import { planMachine } from '../../../lib/plan/plan-machine.js'
import { stateOf } from '../../support/state.js'

const dgx = stateOf([{ key: 'A100-SXM4-40GB', count: 8 }])

function read(name: string): ReturnType<typeof parseConfig> {
  return parseConfig(readFileSync(new URL(`../../../examples/${name}`, import.meta.url), 'utf8'))
}

/** MIG devices of the whole machine, by name. */
function totals(file: string, config: string): Record<string, number> {
  const { gpus, warnings } = resolveConfig(selectConfig(read(file), config), dgx)
  expect(gpus).toHaveLength(8)
  expect(warnings).toEqual([])
  const sums: Record<string, number> = { whole: gpus.filter((gpu) => !gpu.migEnabled).length }
  for (const { geometry, wanted } of gpus) {
    for (const { profileId, sliceCount, count } of wanted) {
      const profile = geometry?.profiles.find(({ id }) => id === profileId)
      expect(profile?.sliceCount).toBe(sliceCount)
      sums[profile?.name ?? '?'] = (sums[profile?.name ?? '?'] ?? 0) + count
    }
  }
  return sums
}

// The totals are those of the talk that the files come from, on a DGX A100.
test.each([
  ['kubecon-demo.yaml', 'all-disabled', { whole: 8 }],
  ['kubecon-demo.yaml', 'all-1g.5gb', { whole: 0, '1g.5gb': 56 }],
  ['kubecon-demo.yaml', 'all-2g.10gb', { whole: 0, '2g.10gb': 24 }],
  ['kubecon-demo.yaml', 'all-3g.20gb', { whole: 0, '3g.20gb': 16 }],
  ['kubecon-demo.yaml', 'all-balanced', { whole: 0, '1g.5gb': 16, '2g.10gb': 8, '3g.20gb': 8 }],
  [
    'dgx-a100-mixes.yaml',
    'all-eight-mixed',
    { whole: 0, '1g.5gb': 16, '2g.10gb': 8, '3g.20gb': 8 },
  ],
  [
    'dgx-a100-mixes.yaml',
    'half-whole-half-mixed',
    { whole: 4, '1g.5gb': 8, '2g.10gb': 4, '3g.20gb': 4 },
  ],
])('the example %s gives the published totals for %s', (file, config, expected) => {
  expect(totals(file, config)).toEqual(expected)
})

test('every configuration of examples/mig-nvml.yaml fits a DGX A100', () => {
  const source = read('mig-nvml.yaml')
  for (const config of Object.keys(source.document['mig-configs'] ?? {})) {
    const plan = planMachine(requireListedMachine(resolveConfig(selectConfig(source, config), dgx)))
    expect(plan.gpus).toHaveLength(8)
    expect(plan.warnings).toEqual([])
  }
})
