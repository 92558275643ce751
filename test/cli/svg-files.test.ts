import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { wantOnAll } from '../support/wanted.js'
import { runInProcess } from './run-in-process.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-svg-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const store = join(folder, 'store')
const input = JSON.stringify(wantOnAll({ '3g.20gb': 2 }))

test('--svg writes a picture of the machine, or of a plan before and after', async () => {
  createSimulatedMachine('A100-SXM4-40GB +mig', { store }).close()
  const picture = async (...args: readonly string[]): Promise<string> => {
    const file = join(folder, 'picture.svg')
    rmSync(file, { force: true })
    const run = await runInProcess([...args, '--svg', file, '--store', store], { input })
    expect(run).toMatchObject({ status: 0 })
    return readFileSync(file, 'utf8')
  }
  expect(await picture('status')).toMatch(/^<svg [\s\S]*MIG on\.<\/desc>/)
  expect(await picture('plan', '-f', '-')).toMatch(/Before: GPU 0.*After: .*3g\.20gb at 4:4/)
  expect(await picture('apply', '-f', '-', '--dry-run')).toMatch(/Before: GPU 0/)
  const applied = await picture('apply', '-f', '-')
  expect(applied).toMatch(/<desc>GPU 0, .*3g\.20gb at 0:4; 3g\.20gb at 4:4\.<\/desc>/)
})

test('--svg and the output of an apply show equal GPUs once', async () => {
  const machine = join(folder, 'four')
  createSimulatedMachine('4x A100-SXM4-40GB', { store: machine }).close()
  const headers = async (...args: readonly string[]): Promise<readonly string[][]> => {
    const file = join(folder, 'folded.svg')
    const run = await runInProcess([...args, '--svg', file, '--store', machine], { input })
    expect(run).toMatchObject({ status: 0 })
    const drawn = readFileSync(file, 'utf8').matchAll(/<text[^>]*>(GPU [^<]*)</g)
    const said = run.out.matchAll(/^(GPU \S+) {2}NVIDIA/gm)
    return [drawn, said].map((matches) => [...matches].map(([, header = '']) => header))
  }
  expect(await headers('plan', '-f', '-')).toEqual([['GPU 0–3', 'GPU 0–3'], ['GPU 0–3']])
  expect(await headers('apply', '-f', '-')).toEqual([['GPU 0–3'], ['GPU 0–3']])
  expect(await headers('status')).toEqual([['GPU 0–3'], ['GPU 0–3']])
})

test('--svg without a usable file is refused before anything changes', async () => {
  const args = ['apply', '-f', '-', '--svg', '-', '--store', join(folder, 'none')]
  expect(await runInProcess(args, { input })).toMatchObject({ status: 2 })
  expect(existsSync(join(folder, 'none'))).toBe(false)
})
