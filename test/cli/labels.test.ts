import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { configure } from '../support/configure.js'
import { runInProcess } from './run-in-process.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-labels-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const machine = ['--simulate', 'A100-SXM4-40GB', '--store', join(folder, 'machine')]
const file = join(folder, 'balanced.json')
writeFileSync(file, JSON.stringify(configure({ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })))

const labels = (...args: readonly string[]) => runInProcess(['labels', ...args, ...machine])

test('labels prints the labels of the node as gpu-feature-discovery writes them', async () => {
  const { status, out, err } = await labels('--strategy', 'mixed')
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(out).toMatch(/^nvidia\.com\/gpu\.product=NVIDIA-A100-SXM4-40GB$/m)
  expect(out).toMatch(/^nvidia\.com\/cuda\.runtime-version\.full=13\.0$/m)
})

test('labels --plan prints the labels after an apply, changes nothing, and fails for a strategy that does not bear it', async () => {
  const mixed = await labels('--strategy', 'mixed', '--plan', '-f', file)
  expect(mixed).toMatchObject({ status: 0, err: '' })
  expect(mixed.out).toMatch(/^nvidia\.com\/mig-1g\.5gb\.count=2$/m)
  const single = await labels('--strategy', 'single', '--plan', '-f', file)
  expect(single.status).toBe(1)
  expect(single.out).toMatch(/^nvidia\.com\/gpu\.product=NVIDIA-A100-SXM4-40GB-MIG-INVALID$/m)
  expect(single.err).toMatch(/^invalid: GPU 0: .*1g\.5gb, 2g\.10gb, 3g\.20gb$/m)
  expect((await labels('--strategy', 'mixed')).out).not.toContain('mig-1g.5gb')
})

test('labels --plan takes a request in place of a file', async () => {
  const { status, out } = await labels('--strategy', 'single', '--plan', '--gpu', '0', '3g.20gb=2')
  expect(status).toBe(0)
  expect(out).toMatch(/^nvidia\.com\/gpu\.product=NVIDIA-A100-SXM4-40GB-MIG-3g\.20gb$/m)
})

test('labels --json has labels, dropped labels and problems', async () => {
  const { status, out } = await labels('--strategy', 'single', '--plan', '-f', file, '--json')
  expect(status).toBe(1)
  const data = JSON.parse(out)
  expect(Object.keys(data)).toEqual(['labels', 'dropped', 'problems'])
  expect(data.problems).toMatchObject([{ kind: 'several-sizes', severity: 'invalid', gpus: [0] }])
})

test.each([
  [[], '--strategy is missing'],
  [['--strategy', 'all'], "--strategy takes none, single, mixed, not 'all'"],
  [['--strategy', 'mixed', '-f', file], '--config-file needs --plan'],
  [['--strategy', 'mixed', '3g.20gb'], "unexpected argument '3g.20gb'"],
  [['--strategy', 'mixed', '--plan'], '-f FILE is missing'],
])('labels %j is a wrong command line', async (args, message) => {
  const { status, err } = await labels(...args)
  expect(status).toBe(2)
  expect(err).toContain(message)
})

test('labels takes no configuration from a variable without --plan', async () => {
  const { status } = await runInProcess(['labels', '--strategy', 'mixed', ...machine], {
    env: { MIG_PARTED_CONFIG_FILE: file },
  })
  expect(status).toBe(0)
})
