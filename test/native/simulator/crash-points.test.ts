// A client that dies in the middle of a change, at every point of it: the machine is as before until
// the commit, as after from there on, and its lock is free.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { scratch } from './programs.js'

const here = dirname(fileURLToPath(import.meta.url))
const root = resolve(here, '../../..')

function compileWithStore(name: string): string {
  const program = join(scratch, name)
  execFileSync('node', [join(root, 'scripts/generate-catalog.mjs'), join(scratch, 'catalog.inc')])
  const sources = ['model', 'store'].flatMap((layer) => {
    const folder = join(root, 'native/simulator', layer)
    return readdirSync(folder)
      .filter((file) => file.endsWith('.cc'))
      .map((file) => join(folder, file))
  })
  const flags = ['-std=c++20', '-fno-exceptions', '-fno-rtti', `-I${join(root, 'native')}`]
  const all = [...flags, `-I${scratch}`, '-o', program, join(here, `${name}.cc`), ...sources]
  execFileSync('c++', [...all, '-lpthread'])
  return program
}

test('a change is there or not', () => {
  const program = compileWithStore('crash_points')
  const output = execFileSync(program, [join(scratch, 'crash')], {
    encoding: 'utf8',
    timeout: 30_000,
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
}, 180_000)
