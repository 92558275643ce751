import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { buildProgram } from '../build-program.js'

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const addon = (name: string): string => file(`../../../native/addon/${name}.cc`)

test('a lock that its first waiter gives back is held for the second until that one lets go of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-lock-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const sources = [file('lock_waiters.cc'), ...['lock_waiters', 'file_lock', 'thread'].map(addon)]
  const program = buildProgram('lock_waiters', sources, ['-O1', '-Wall', '-Wextra', '-Werror'])
  const { LD_PRELOAD: _, ...env } = process.env
  const written = execFileSync(program, [join(folder, 'lock')], { encoding: 'utf8', env })
  // The name in the file; whether the lock is free while that waiter has it, and after.
  expect(written).toBe('second 0 1\n')
})
