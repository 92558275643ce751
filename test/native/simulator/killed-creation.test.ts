// A process killed while it creates a stored machine. The program comes from dist/.
import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { scratchFolder } from '../../unit/simulator/fixtures/scratch.js'
import { buildProgram } from '../build-program.js'

const source = fileURLToPath(new URL('die_at_link.cc', import.meta.url))
const program = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

/** Linux's O_TMPFILE, which Node does not define. */
const unnamedFile = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR

function hasUnnamedFiles(folder: string): boolean {
  try {
    closeSync(openSync(folder, unnamedFile, 0o600))
    return true
  } catch {
    console.log('SKIPPED: a killed creation: this file system has no files without a name')
    return false
  }
}

test('a process killed while it creates a store leaves nothing, and the next one creates it', () => {
  const folder = scratchFolder()
  if (!hasUnnamedFiles(folder)) return
  const create = (env: NodeJS.ProcessEnv) =>
    spawnSync(
      process.execPath,
      [program, 'simulator', 'create', '--simulate', 'T4', '--store', join(folder, 'store')],
      { env: { ...process.env, ...env }, encoding: 'utf8' },
    )
  const dying = buildProgram('die-at-link', [source], ['-shared', '-fPIC'])
  const preloaded = [process.env['LD_PRELOAD'], dying].filter(Boolean).join(':')
  expect(create({ LD_PRELOAD: preloaded }).signal).toBe('SIGKILL')
  expect(readdirSync(folder)).toEqual([])
  expect(create({}).status).toBe(0)
  expect(readdirSync(folder)).toEqual(['store'])
})
