// A child made by fork has no session, whatever its parent was doing, and can begin its own.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canFork, run, scratch } from './programs.js'

test.skipIf(!canFork).each([
  ['private', {}],
  ['shared', { STORE: join(scratch, 'forked-store') }],
])('a forked child on a %s machine starts without a session', (_, variables) => {
  expect(run('forked', { MACHINE: 'A100-SXM4-40GB', ...variables })).toBe('parent 0\n')
})
