import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { forgetMigChoice, persistMigChoice, readMigChoice } from '../../../lib/node.js'
import { rejectionOf } from '../../support/errors.js'
import { fakeRoot } from '../../support/root-tree.js'

const choice = { kind: 'generated', config: 'all-balanced' } as const
const isRoot = process.geteuid?.() === 0

test('a choice is read as it was persisted, replaced by the next one, and forgotten', async () => {
  const options = { stateFolder: join(fakeRoot(), 'states') }
  expect(await readMigChoice(options)).toBeNull()
  await persistMigChoice(choice, options)
  expect((await readMigChoice(options))?.choice).toEqual(choice)
  await persistMigChoice({ ...choice, config: 'all-enabled', modeOnly: true }, options)
  expect((await readMigChoice(options))?.choice).toEqual({
    ...choice,
    config: 'all-enabled',
    modeOnly: true,
  })
  await forgetMigChoice(options)
  expect(await readMigChoice(options)).toBeNull()
  await forgetMigChoice(options)
})

type Attack = (folder: string, file: string) => void
const attacks: readonly (readonly [string, Attack, boolean])[] = [
  ['a folder that everybody may write to', (folder) => chmodSync(folder, 0o777), true],
  ['a folder that a group may write to', (folder) => chmodSync(folder, 0o775), true],
  ['a file that everybody may write to', (_, file) => chmodSync(file, 0o666), true],
  ['a file with a second name', (folder, file) => linkSync(file, join(folder, 'second')), true],
  [
    'a link in its place',
    (folder, file) => {
      renameSync(file, join(folder, 'elsewhere'))
      symlinkSync('elsewhere', file)
    },
    true,
  ],
  ['a file of another user', (_, file) => chownSync(file, 65534, 65534), isRoot],
  ['a folder of another user', (folder) => chownSync(folder, 65534, 65534), isRoot],
]

test.each(attacks.filter(([, , canRun]) => canRun))(
  'a choice is not believed where there is %s',
  async (_, attack) => {
    const folder = join(fakeRoot(), 'states')
    const options = { stateFolder: folder }
    await persistMigChoice(choice, options)
    const file = join(folder, 'choice.json')
    attack(folder, file)
    const error = await rejectionOf(readMigChoice(options))
    expect(error).toMatchObject({ code: 'MIG_STATE_FAILED' })
    expect(error.message).toContain(file)
  },
)

test('a choice is written through no link, and not below a folder of which another user may replace a part', async () => {
  const root = fakeRoot()
  const victim = join(root, 'victim')
  writeFileSync(victim, 'mine')
  const folder = join(root, 'states')
  mkdirSync(folder, { mode: 0o755 })
  symlinkSync(victim, join(folder, 'choice.json'))
  await persistMigChoice(choice, { stateFolder: folder })
  expect(readFileSync(victim, 'utf8')).toBe('mine')
  mkdirSync(join(root, 'open'))
  chmodSync(join(root, 'open'), 0o777)
  const error = await rejectionOf(
    persistMigChoice(choice, { stateFolder: join(root, 'open/states') }),
  )
  expect(error).toMatchObject({ code: 'MIG_STATE_FAILED' })
})

test('a choice that cannot be written has its file and the reason once in the error', async () => {
  const folder = join(fakeRoot(), 'states')
  const file = join(folder, 'choice.json')
  mkdirSync(file, { recursive: true })
  const { message } = await rejectionOf(persistMigChoice(choice, { stateFolder: folder }))
  expect(message).toBe(`cannot write ${file}: it is a folder (EISDIR)`)
})

test('every user can read the choice, whatever the umask of the process that persists it', async () => {
  const stateFolder = join(fakeRoot(), 'states')
  const before = process.umask(0o077)
  try {
    await persistMigChoice(choice, { stateFolder })
  } finally {
    process.umask(before)
  }
  expect(statSync(join(stateFolder, 'choice.json')).mode & 0o777).toBe(0o644)
})
