import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  applyMigConfig,
  checkpointMig,
  readMigMetrics,
  recoverMig,
  restoreMig,
} from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigConfigDocument } from '../../../../types/config/config.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { MachineFolder, runApply } from '../../../native/apply/processes.js'
import { configure } from '../../../support/configure.js'
import { rejectionOf } from '../../../support/errors.js'
import { InterruptedApply } from '../../../support/interrupted.js'
import { samplesOf, singleValue, valuesBy } from '../../../support/prometheus-text.js'
import { wantOnAll } from '../../../support/wanted.js'

const none = { unchanged: 0, applied: 0, undone: 0, partial: 0, failed: 0, refused: 0 }
const halves = { '3g.20gb': 2 }
const createFn = 'nvmlDeviceCreateGpuInstanceWithPlacement'

interface Counted {
  readonly machine: SimulatedMachine
  readonly folder: MachineFolder
  readonly apply: (document: MigConfigDocument, options?: object) => Promise<unknown>
  readonly text: () => Promise<string>
}

function counted(spec = '2x A100-SXM4-40GB +mig'): Counted {
  const folder = new MachineFolder()
  const machine = createSimulatedMachine(spec, { store: folder.store })
  onTestFinished(() => {
    machine.close()
    folder[Symbol.dispose]()
  })
  const { library } = machine
  return {
    machine,
    folder,
    apply: (document, options = {}) => applyMigConfig(document, { library, ...options }),
    text: async () => (await readMigMetrics({ library })).text,
  }
}

const outcomesOf = async ({ text }: Counted): Promise<Record<string, number>> =>
  valuesBy(await text(), 'mig_applies_total', 'outcome')

describe('an apply counts by its outcome', () => {
  test('an apply that changes the machine, and one that finds it as wanted', async () => {
    const one = counted()
    await one.apply(configure(halves))
    await one.apply(configure(halves))
    await one.apply(configure(halves))
    expect(await outcomesOf(one)).toEqual({ ...none, applied: 1, unchanged: 2 })
  })

  test('an apply that is undone counts as a failure with the code of its error', async () => {
    const one = counted()
    one.machine.fail({ fn: createFn, nth: 2, error: 'NVML_ERROR_UNKNOWN' })
    await expect(one.apply(configure(halves))).rejects.toThrow()
    expect(await outcomesOf(one)).toEqual({ ...none, undone: 1 })
    expect(valuesBy(await one.text(), 'mig_apply_failures_total', 'code')).toEqual({
      MIG_STEP_FAILED: 1,
    })
  })

  test('an apply whose GPUs end differently is partial', async () => {
    const one = counted()
    one.machine.fail({ fn: createFn, nth: 1, error: 'NVML_ERROR_UNKNOWN' })
    await expect(one.apply(configure(halves, halves), { atomic: 'gpu' })).rejects.toThrow()
    expect(await outcomesOf(one)).toEqual({ ...none, partial: 1 })
  })

  test('an apply that cannot be done is refused', async () => {
    const one = counted()
    await expect(one.apply(configure({ '7g.40gb': 2 }))).rejects.toThrow()
    expect(await outcomesOf(one)).toEqual({ ...none, refused: 1 })
    expect(valuesBy(await one.text(), 'mig_apply_failures_total', 'code')).toEqual({
      MIG_PARTITION_INFEASIBLE: 1,
    })
  })

  test('an apply that changes the machine before its last hook fails is applied, and a failure', async () => {
    const one = counted()
    const hooks = { hooks: { 'apply-exit': [() => Promise.reject(new Error('no'))] } }
    await expect(one.apply(configure(halves), { hooks })).rejects.toThrow()
    expect(await outcomesOf(one)).toEqual({ ...none, applied: 1 })
    expect(valuesBy(await one.text(), 'mig_apply_failures_total', 'code')).toEqual({
      MIG_HOOK_FAILED: 1,
    })
  })

  test('a restore counts like an apply', async () => {
    const one = counted()
    const { library } = one.machine
    const before = await checkpointMig({ library })
    await one.apply(configure(halves))
    await restoreMig(before, { library })
    expect(await outcomesOf(one)).toEqual({ ...none, applied: 2 })
  })

  test('a dry run and an apply that stops while it waits for the lock do not count', async () => {
    const one = counted()
    await one.apply(configure(halves), { dryRun: true })
    await rejectionOf(one.apply(configure(halves), { signal: AbortSignal.abort() }))
    expect(await outcomesOf(one)).toEqual(none)
  })
})

test('the time of the last apply and the seconds under the lock belong to its outcome', async () => {
  const one = counted()
  const from = Date.now() / 1000
  await one.apply(configure(halves))
  const text = await one.text()
  const to = Date.now() / 1000
  const { applied = 0, ...others } = valuesBy(
    text,
    'mig_apply_last_end_timestamp_seconds',
    'outcome',
  )
  expect(others).toEqual({})
  expect(applied).toBeGreaterThanOrEqual(from)
  expect(applied).toBeLessThanOrEqual(to)
  const seconds = valuesBy(text, 'mig_apply_seconds_total', 'outcome')
  expect(seconds).toMatchObject({ ...none, applied: expect.any(Number) })
  expect(seconds['applied']).toBeGreaterThan(0)
  expect(seconds['applied']).toBeLessThanOrEqual(to - from + 0.001)
})

test('applies of several processes at once are all counted, on one GPU, on several and on all', async () => {
  const one = counted('3x A100-SXM4-40GB +mig')
  const documents = [
    configure(halves),
    configure(undefined, halves),
    configure(undefined, undefined, halves),
    configure(undefined, halves, halves),
    {
      version: 'v1',
      'mig-configs': { all: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': {} }] },
    },
  ] as const
  const ends = await Promise.all(
    documents.map((document) =>
      runApply(one.folder.store, { document: document as MigConfigDocument }),
    ),
  )
  const expected: Record<string, number> = { ...none }
  for (const end of ends) expected[end?.outcome ?? ''] = (expected[end?.outcome ?? ''] ?? 0) + 1
  expect(await outcomesOf(one)).toEqual(expected)
})

test('applies that can run at the same time write into files of their own', async () => {
  const one = counted()
  const [first, second] = one.machine.describe().gpus.map(({ uuid }) => uuid)
  const name = basename(one.machine.library.lockFile ?? '')
  const user = process.geteuid?.() ?? 0
  const filesOf = (): string[] =>
    readdirSync(one.folder.path).filter((file) => file.includes('counts'))
  await one.apply(configure(undefined, halves))
  expect(filesOf()).toEqual([`${name}.${second}.counts.${user}`])
  await one.apply(configure(halves))
  await one.apply(wantOnAll(halves))
  expect(filesOf().toSorted()).toEqual(
    [`${first}.counts`, `${second}.counts`, 'counts']
      .map((file) => `${name}.${file}.${user}`)
      .toSorted(),
  )
})

test('a process that is killed in the middle of an apply loses no count, and its apply is interrupted', async () => {
  const one = counted()
  await one.apply(configure(halves))
  const killed = await runApply(one.folder.store, {
    document: configure({ '1g.5gb': 7 }),
    dieAt: 4,
  })
  expect(killed).toBeNull()
  expect(one.folder.listJournals()).not.toEqual([])
  const text = await one.text()
  expect(valuesBy(text, 'mig_applies_total', 'outcome')).toEqual({ ...none, applied: 1 })
  expect(singleValue(text, 'mig_interrupted_applies')).toBe(1)
})

test('what recover cleans up is counted, and nothing is interrupted any more', async () => {
  using left = await InterruptedApply.create()
  const { library } = left
  const before = (await readMigMetrics({ library })).text
  expect(singleValue(before, 'mig_interrupted_applies')).toBe(1)
  expect(valuesBy(before, 'mig_applies_total', 'outcome')).toEqual({
    ...none,
    applied: 1,
    failed: 1,
  })
  await recoverMig({ library })
  const after = (await readMigMetrics({ library })).text
  expect(singleValue(after, 'mig_interrupted_applies')).toBe(0)
  expect(valuesBy(after, 'mig_recovered_gpus_total', 'outcome')).toEqual({
    finished: 0,
    undone: 2,
    superseded: 0,
    obsolete: 0,
    'set-aside': 0,
  })
})

test('what the next apply cleans up is counted as well', async () => {
  using left = await InterruptedApply.create()
  const { library } = left
  await applyMigConfig(left.target, { library })
  const { text } = await readMigMetrics({ library })
  expect(valuesBy(text, 'mig_recovered_gpus_total', 'outcome')).toMatchObject({ finished: 2 })
})

const spoil: readonly (readonly [string, (path: string) => void])[] = [
  ['is torn', (path) => writeFileSync(path, '{"outcomes":{"app', { mode: 0o600 })],
  ['is something else', (path) => writeFileSync(path, '[1,"x",null]')],
  ['is empty', (path) => writeFileSync(path, '')],
  ['is huge', (path) => writeFileSync(path, ' '.repeat(2 ** 17))],
  ['others may write to', (path) => chmodSync(path, 0o666)],
  [
    'is a link',
    (path) => {
      renameSync(path, `${path}-elsewhere`)
      symlinkSync(`${path}-elsewhere`, path)
    },
  ],
  ['has a second name', (path) => linkSync(path, `${path}-elsewhere`)],
  [
    'is a folder',
    (path) => {
      rmSync(path)
      mkdirSync(path)
    },
  ],
]

test.each(spoil)(
  'a file of counts that %s is not believed, and stops neither metrics nor an apply',
  async (_, change) => {
    const one = counted()
    await one.apply(configure(halves))
    const files = readdirSync(one.folder.path).filter((name) => /\.counts\.\d+$/.test(name))
    expect(files).toHaveLength(1)
    for (const name of files) change(join(one.folder.path, name))
    expect(await outcomesOf(one)).toEqual(none)
    expect(await one.apply(configure({}))).toMatchObject({ outcome: 'applied' })
  },
)

test('what cannot be a count in a file of counts is 0, and the rest of the file counts', async () => {
  const one = counted()
  await one.apply(configure(halves))
  const [name = ''] = readdirSync(one.folder.path).filter((each) => /\.counts\.\d+$/.test(each))
  const path = join(one.folder.path, name)
  const outcomes = {
    applied: { count: 5, seconds: 1, lastEnd: 1 },
    undone: { count: -3, seconds: 'x', lastEnd: null },
    failed: { count: 1e300, seconds: -1, lastEnd: 1e300 },
    'x"} 1\nmig_up 0': { count: 1, seconds: 1, lastEnd: 1 },
  }
  const failures = { MIG_IN_USE: 2, 'x"} 1\nmig_up 0': 3, NVML_ERROR_UNKNOWN: 0.5 }
  writeFileSync(path, JSON.stringify({ outcomes, failures }))
  const text = await one.text()
  expect(valuesBy(text, 'mig_applies_total', 'outcome')).toEqual({ ...none, applied: 5 })
  expect(valuesBy(text, 'mig_apply_failures_total', 'code')).toEqual({
    MIG_IN_USE: 2,
    NVML_ERROR_UNKNOWN: 0,
    OTHER: 3,
  })
})

test('a driver that invents return codes makes no series without end', async () => {
  const one = counted()
  await one.apply(configure(halves))
  const [name = ''] = readdirSync(one.folder.path).filter((each) => /\.counts\.\d+$/.test(each))
  const failures = Object.fromEntries(
    Array.from({ length: 1000 }, (_, code) => [`NVML_ERROR_${code}`, 1]),
  )
  writeFileSync(join(one.folder.path, name), JSON.stringify({ failures }))
  await expect(one.apply(configure({ '7g.40gb': 2 }))).rejects.toThrow()
  const series = samplesOf(await one.text()).filter(
    ({ name: metric }) => metric === 'mig_apply_failures_total',
  )
  expect(series.length).toBeLessThanOrEqual(101)
  expect(series.map(({ labels }) => labels['code'])).toContain('OTHER')
})

test('a private simulated machine ends with its process, so its applies are not counted', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(configure(halves), { library })
  const { text } = await readMigMetrics({ library })
  expect(valuesBy(text, 'mig_applies_total', 'outcome')).toEqual({})
  expect(singleValue(text, 'mig_up')).toBe(1)
})
