import { expect, test } from 'vitest'
import { migMetrics } from '../../../lib/index.js'
import type { MigState } from '../../../types/model/state.js'
import { promtoolFindings, samplesOf, valuesBy } from '../../support/prometheus-text.js'
import { stateOf } from '../../support/state.js'

function withFirstGpu(state: MigState, change: object): MigState {
  return {
    ...state,
    gpus: state.gpus.map((gpu, index) => (index === 0 ? { ...gpu, ...change } : gpu)),
  }
}

const machine = stateOf([{ key: 'A100-SXM4-40GB', count: 2, instances: ['3g.20gb@4:1c,2c'] }])

test('promtool finds nothing wrong with metrics of every kind of GPU', () => {
  const all = stateOf([
    { key: 'A100-SXM4-40GB', instances: ['3g.20gb@4:1c,2c', '2g.10gb@0'] },
    { key: 'A30', instances: ['1g.6gb@0', '2g.12gb@2'] },
    { key: 'H100-80GB-SXM', migEnabled: true, instances: [] },
    { key: 'H100-80GB-SXM', migEnabled: false, pending: true },
    { key: 'none' },
  ])
  const text = migMetrics({ ...all, lostGpus: [{ index: 9, uuid: null }] })
  expect(promtoolFindings(text) ?? '').toBe('')
  expect(samplesOf(text).length).toBeGreaterThan(50)
})

test('names from the driver cannot break out of a label', () => {
  const name = 'a"} 1\nmig_up 0\n\\x\\"'
  const text = migMetrics(withFirstGpu(machine, { name }))
  expect(samplesOf(text).filter(({ name: metric }) => metric === 'mig_up')).toEqual([
    { name: 'mig_up', labels: {}, value: 1 },
  ])
  expect(promtoolFindings(text) ?? '').toBe('')
})

test('quotes and backslashes in a name reach Prometheus as they are', () => {
  const name = 'NVIDIA "A100" \\ 40GB'
  const text = migMetrics(withFirstGpu(machine, { name }))
  expect(valuesBy(text, 'mig_gpu_info', 'hw_model')).toHaveProperty([name], 1)
})

test('control characters in a name are written out', () => {
  const text = migMetrics(withFirstGpu(machine, { name: 'A\u001b[2J' }))
  expect(valuesBy(text, 'mig_gpu_info', 'hw_model')).toHaveProperty(['A\\u001b[2J'], 1)
})

test('two GPUs with one UUID do not make the text invalid', () => {
  const [, second] = machine.gpus
  const text = migMetrics(withFirstGpu(machine, { uuid: second?.uuid }))
  const series = samplesOf(text).map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`)
  expect(new Set(series).size).toBe(series.length)
  expect(promtoolFindings(text) ?? '').toBe('')
})

test('each metric has its help and its type once, before its samples', () => {
  const lines = migMetrics(machine).trimEnd().split('\n')
  const names = samplesOf(migMetrics(machine)).map(({ name }) => name)
  for (const name of new Set(names)) {
    const first = lines.findIndex(
      (line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `),
    )
    expect(lines[first - 2]).toMatch(new RegExp(`^# HELP ${name} [A-Z].*\\.$`))
    expect(lines[first - 1]).toMatch(
      new RegExp(`^# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}$`),
    )
    expect(lines.filter((line) => line.startsWith(`# TYPE ${name} `))).toHaveLength(1)
  }
})

test('no sample has a timestamp, because node_exporter refuses a file with one', () => {
  for (const line of migMetrics(machine).trimEnd().split('\n'))
    if (!line.startsWith('#')) expect(line.replace(/\{.*\}/, '').split(' ')).toHaveLength(2)
})
