// A client that dies at any point of a change leaves the machine as before until the commit, and as after
// it from then on; its lock is free.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { buildProgram } from '../build-program.js'
import { scratch, timeoutMs } from './programs.js'

const here = dirname(fileURLToPath(import.meta.url))
const root = resolve(here, '../../..')

function compileWithStore(name: string): string {
  const sources = ['model', 'store'].flatMap((layer) => {
    const folder = join(root, 'native/simulator', layer)
    return readdirSync(folder)
      .filter((file) => file.endsWith('.cc'))
      .map((file) => join(folder, file))
  })
  const flags = ['-fno-exceptions', '-fno-rtti']
  return buildProgram(name, [join(here, `${name}.cc`), ...sources], flags, (headers) => {
    const script = join(root, 'scripts/generate-catalog.mjs')
    execFileSync(process.execPath, [script, join(headers, 'catalog.inc')])
  })
}

test('a killed client leaves its change complete or absent', () => {
  const program = compileWithStore('crash_points')
  const output = execFileSync(program, [join(scratch, 'crash')], {
    encoding: 'utf8',
    timeout: timeoutMs,
  })
  const before = '0 0 0 0'
  const after = '1 1 1 1'
  const expected = [
    ...['locked', 'one-gpu', 'two-gpus', 'processes', 'journaled', 'whole'].map(
      (point) => `${point} ${before}`,
    ),
    ...['committed', 'unlocked'].map((point) => `${point} ${after}`),
  ]
  expect(output.trim().split('\n')).toEqual(expected.flatMap((line) => [line, line]))
})
