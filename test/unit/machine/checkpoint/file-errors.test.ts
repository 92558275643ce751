import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkpointMig, restoreMig, withMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { rejectionOf } from '../../../support/errors.js'
import { fakeRoot } from '../../../support/root-tree.js'
import { wantOnAll } from '../../../support/wanted.js'

test.each(['a missing folder', 'a folder in its place'])(
  'the error for a checkpoint that cannot be written names the given path: %s',
  async (what) => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const file = join(fakeRoot(), what === 'a missing folder' ? 'no/deeper' : 'taken')
    if (what !== 'a missing folder') {
      mkdirSync(file)
      writeFileSync(join(file, 'keep'), '')
    }
    const error = await checkpointMig({ library: machine.library, file }).catch((thrown) => thrown)
    expect(error).toMatchObject({ path: file, code: expect.stringMatching(/^E/) })
    expect(error.message).toMatch(new RegExp(`^cannot write ${file}\\b`))
    expect(error.message).not.toContain('.new')
  },
)

test('the error for a checkpointFile that cannot be written names its path, and nothing is applied', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  const checkpointFile = join(fakeRoot(), 'no/deeper')
  const options = { library, checkpointFile }
  await expect(withMigConfig(wantOnAll({ '7g.40gb': 1 }), () => {}, options)).rejects.toMatchObject(
    {
      code: 'ENOENT',
      path: checkpointFile,
      message: expect.not.stringContaining('.new'),
    },
  )
  expect(machine.callCounts().changing).toBe(0)
})

test('a checkpoint file that does not exist is the system’s error with its path', async () => {
  const path = join(fakeRoot(), 'missing.json')
  await expect(restoreMig(path)).rejects.toMatchObject({ code: 'ENOENT', path })
})

test('a path with a bracket in it, whose file does not exist, is not taken for the text of a checkpoint', async () => {
  const path = join(fakeRoot(), 'node{1}.json')
  await expect(restoreMig(path)).rejects.toMatchObject({ code: 'ENOENT', path })
})

test('the text of a checkpoint in place of its path is an error that says so', async () => {
  const { code, message, hint } = await rejectionOf(restoreMig('{"version": "x"}'))
  expect(code).toBe('MIG_CHECKPOINT_INVALID')
  expect(message).toMatch(/path of a file/)
  expect(hint).toMatch(/JSON\.parse/)
})
