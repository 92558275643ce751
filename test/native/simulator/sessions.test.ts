// NVML counts sessions for the process, whatever threads begin and end them.
import { expect, test } from 'vitest'
import { run } from './programs.js'
import { nvml } from './shell.js'

test('a thread that began a session keeps it, whatever other threads do', () => {
  expect(run('sessions', { MACHINE: 'T4' })).toBe(`refused 0, then ${nvml.success}\n`)
})
