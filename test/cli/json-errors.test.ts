import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { wantOnAll } from '../support/wanted.js'
import { runInProcess } from './run-in-process.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-json-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const input = JSON.stringify(wantOnAll({ '1g.5gb': 2 }))

function storeIn(name: string): string {
  const store = join(folder, name)
  createSimulatedMachine('A100-SXM4-40GB +mig', { store }).close()
  return store
}

test.each<[readonly string[], RegExp]>([
  [['frobnicate', '--json'], /unknown command/],
  [['apply', '--json', '--frob'], /--frob/],
  [['apply', '--frob', '--json=true'], /--frob/],
  [['apply', '--json'], /-f FILE is missing: the configuration file/],
  [['status', '--json', 'extra'], /extra/],
  [['apply', '--json', '-f', '-', '--slow-after-ms', '0', '--simulate', 'T4'], /--slow-after-ms/],
  [['watch', '--json', '--interval-ms', '0'], /from 1$/],
  [['watch', '--json', '--interval-ms=-5'], /from 1$/],
])('a wrong command line with --json prints the error as JSON: %j', async (args, says) => {
  const { status, out, err } = await runInProcess(args, { input })
  expect(status).toBe(2)
  expect(JSON.parse(out)).toEqual({
    error: { name: 'UsageError', message: expect.stringMatching(says) },
  })
  expect(err).toMatch(/^mig-nvml.*; see mig-nvml help.*\n$/)
})

test.each([['status'], ['plan', '-f', '-'], ['apply', '-f', '-']])(
  'a picture that cannot be written stops %s before it changes anything',
  async (...args) => {
    const store = storeIn(`before-${args[0]}`)
    const svg = ['--svg', join(folder, 'none', 'x.svg')]
    const run = await runInProcess([...args, '--json', ...svg, '--store', store], { input })
    expect(run.status).toBe(1)
    expect(JSON.parse(run.out)).toMatchObject({ error: { code: 'ENOENT' } })
    const after = await runInProcess(['status', '--json', '--store', store])
    expect(JSON.parse(after.out).gpus[0].gpuInstances).toEqual([])
  },
)

test('a picture that cannot be written after the apply does not hide the report', async () => {
  const store = storeIn('after')
  // The name fits, but not the longer one of the draft beside it.
  const svg = ['--svg', join(folder, 'x'.repeat(250))]
  const run = await runInProcess(['apply', '-f', '-', '--json', ...svg, '--store', store], {
    input,
  })
  expect(run.status).toBe(1)
  expect(JSON.parse(run.out)).toMatchObject({ error: { report: { outcome: 'applied' } } })
  const file = join(folder, 'checkpoint.json')
  await runInProcess(['checkpoint', '-f', file, '--store', store])
  const restored = await runInProcess(['restore', '-f', file, '--json', ...svg, '--store', store])
  expect(JSON.parse(restored.out)).toMatchObject({ error: { report: { outcome: 'unchanged' } } })
  const text = await runInProcess(['apply', '-f', '-', ...svg, '--store', store], { input })
  expect(text).toMatchObject({ status: 1, out: expect.stringMatching(/applied successfully/) })
})

test('the last of two equal options counts, as in mig-parted', async () => {
  const store = storeIn('twice')
  const file = join(folder, 'two.json')
  writeFileSync(file, input)
  const run = await runInProcess(['plan', '-f', '/nonexistent', '-f', file, '--store', store])
  expect(run.status).toBe(0)
})

test.skipIf(!existsSync('/dev/full'))(
  'output that a full disk refuses is an error on standard error and ends with 1',
  () => {
    const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(
      process.execPath,
      [cli, 'status', '--json', '--store', storeIn('full')],
      { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' },
    )
    expect(status).toBe(1)
    expect(stderr).toMatch(/^mig-nvml: standard output cannot be written: .*ENOSPC.*\n$/)
  },
)
