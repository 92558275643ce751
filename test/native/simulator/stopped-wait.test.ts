// All clients of a machine may be stopped for a time: a container that is paused, a computer that sleeps.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { compile } from './programs.js'

test('a client that was stopped while it waited for the lock does not take it for damaged', async () => {
  const program = spawn(compile('stopped_wait', ['simulator/store/lock.cc']), { stdio: 'inherit' })
  expect(await once(program, 'close')).toEqual([0, null])
})
