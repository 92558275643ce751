// All clients of a machine may stop for a time: in a paused container, or on a suspended computer.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { compile } from './programs.js'

test('a client stopped while it waits for the lock does not report it as damaged', async () => {
  const program = spawn(compile('stopped_wait', ['simulator/store/lock.cc']), { stdio: 'inherit' })
  expect(await once(program, 'close')).toEqual([0, null])
})
