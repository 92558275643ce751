// If the journals cannot be listed, what a crash has left would stay unnoticed.
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recoverMig } from '../../../../lib/index.js'
import { listJournals } from '../../../../lib/machine/journal/journal-list.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { rejectionOf } from '../../../support/errors.js'
import { fakeRoot } from '../../../support/root-tree.js'

test('without the folder of the lock there are no journals', async () => {
  expect(await listJournals(join(fakeRoot(), 'none', 'lock'))).toEqual([])
})

test.each([
  ['ENOTDIR', (path: string) => writeFileSync(path, '')],
  ['ELOOP', (path: string) => symlinkSync(path, path)],
])('a folder of journals that fails with %s is an error', async (code, spoil) => {
  const folder = join(fakeRoot(), 'folder')
  spoil(folder)
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  const library = { ...machine.library, lockFile: join(folder, 'lock') }
  const error = await rejectionOf(recoverMig({ library }))
  expect(error.code).toBe('MIG_JOURNAL_FAILED')
  expect(error.message).toContain(folder)
  expect(error.message).toContain(code)
  expect(error.hint).toMatch(/MIG_NVML_LOCK/)
  expect(error.cause).toMatchObject({ code })
})
