import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { wantOnAll } from '../support/wanted.js'
import { runInProcess } from './run-in-process.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-documents-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let store = ''
let count = 0
beforeEach(() => {
  store = join(folder, `${count++}.store`)
  createSimulatedMachine('2x A100-SXM4-40GB', { store }).close()
})

const here = (): readonly string[] => ['--store', store]
const input = JSON.stringify(wantOnAll({ '3g.20gb': 2 }))

describe('--json', () => {
  test.each([
    ['status', [], { gpus: expect.any(Array) }],
    ['profiles', [], [{ index: 0 }, { index: 1 }]],
    ['plan', ['-f', '-'], { config: 'wanted' }],
    ['apply', ['-f', '-'], { outcome: 'applied' }],
    ['apply', ['-f', '-', '--dry-run'], { outcome: 'planned' }],
    ['assert', ['-f', '-', '--mode-only'], { matches: false }],
    ['assert', ['-f', '-', '--valid-config'], { valid: true, config: 'wanted' }],
    ['export', [], { version: 'v1' }],
    ['generate-config', [], { version: 'v1' }],
    ['checkpoint', [], { version: 'mig-nvml/checkpoint/v1' }],
    ['recover', [], { recovered: [] }],
  ])(
    '%s %j --json prints one value on standard output, and nothing else',
    async (verb, args, shape) => {
      const { out, err } = await runInProcess([verb, ...args, '--json', ...here()], { input })
      expect(err).toBe('')
      expect(JSON.parse(out)).toMatchObject(shape)
    },
  )

  test('restore --json prints the report, and the error for a bad checkpoint', async () => {
    const checkpoint = await runInProcess(['checkpoint', '--json', ...here()])
    const restore = ['restore', '-f', '-', '--json', ...here()]
    const { out } = await runInProcess(restore, { input: checkpoint.out })
    expect(JSON.parse(out)).toMatchObject({ outcome: 'unchanged' })
    for (const bad of ['{', 'null', '{}']) {
      const refused = await runInProcess(restore, { input: bad })
      expect(refused.status).toBe(1)
      expect(JSON.parse(refused.out)).toMatchObject({ error: { code: 'MIG_CHECKPOINT_INVALID' } })
    }
  })
})

describe('generate-config', () => {
  test('generate-config writes the whole file, or leaves the old one', async () => {
    const target = join(folder, 'generated.yaml')
    writeFileSync(target, 'old')
    const library = ['--library', '/nowhere/libnvidia-ml.so.1']
    expect(await runInProcess(['generate-config', '-f', target, ...library])).toMatchObject({
      status: 1,
    })
    expect(readFileSync(target, 'utf8')).toBe('old')
    expect(await runInProcess(['generate-config', '-f', target, ...here()])).toEqual({
      status: 0,
      out: '',
      err: '',
    })
    const asJson = await runInProcess(['generate-config', '-o', 'json', ...here()])
    const { 'mig-configs': configs } = JSON.parse(asJson.out)
    expect(configs['all-1g.5gb']).toEqual([
      { devices: 'all', 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } },
    ])
    for (const label of Object.keys(configs)) {
      const args = ['assert', '-a', '-f', target, '-c', label]
      expect(await runInProcess(args)).toMatchObject({ status: 0 })
    }
  })
})

test('export --placements prints the placement of every instance', async () => {
  await runInProcess(['apply', '-f', '-', ...here()], { input })
  const { out } = await runInProcess(['export', '--placements', '-l', 'now', ...here()])
  expect(out).toMatch(/^version: mig-nvml\/v1$/m)
  expect(out).toMatch(/start: 4/)
  const again = await runInProcess(['apply', '-f', '-', '-c', 'now', ...here()], { input: out })
  expect(again.out).toMatch(/Nothing to do/)
})

describe('a warning of a document', () => {
  // The second entry matches no GPU.
  const warned = JSON.stringify({
    version: 'v1',
    'mig-configs': {
      wanted: [
        { devices: 'all', 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } },
        { devices: [7], 'mig-enabled': false },
      ],
    },
  })

  test.each([
    ['plan', []],
    ['apply', ['--dry-run']],
    ['apply', []],
  ])('%s %j prints the warning of a document once, on standard error', async (verb, args) => {
    const command = [verb, '-f', '-', '--matching', 'lenient', ...args, ...here()]
    const { status, out, err } = await runInProcess(command, { input: warned })
    expect(status).toBe(0)
    expect(err.match(/warning/g)).toHaveLength(1)
    expect(err).toMatch(/^warning: .*\n$/)
    expect(out).not.toContain('warning')
  })

  test.each([
    ['plan', []],
    ['apply', ['--dry-run']],
  ])('%s %j --json has the warning of a document in its data alone', async (verb, args) => {
    const command = [verb, '-f', '-', '--matching', 'lenient', '--json', ...args, ...here()]
    const { out, err } = await runInProcess(command, { input: warned })
    expect(err).toBe('')
    const { plan = JSON.parse(out) } = JSON.parse(out)
    expect(plan.warnings).toHaveLength(1)
  })
})
