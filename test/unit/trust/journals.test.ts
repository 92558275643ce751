// Journals beside other users: which users can read them, and which journals are trusted.
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { applyMigConfig, recoverMig } from '../../../lib/index.js'
import { InterruptedApply } from '../../support/interrupted.js'
import { askAsOther, canBeOther, octal, otherUid, runAsOther } from '../../support/other-user.js'
import { readMigState } from '../../support/read-state.js'
import { countDevices } from '../../support/wanted.js'

const journalsOf = (left: InterruptedApply): string[] =>
  left.listJournals().map((name) => join(left.folder, name))

async function interrupted(prepare: (folder: string) => void): Promise<InterruptedApply> {
  const left = await InterruptedApply.create(prepare)
  onTestFinished(() => left[Symbol.dispose]())
  return left
}

/** A folder that other users can enter. */
const inPublic = () => interrupted((folder) => chmodSync(folder, 0o755))

/** A folder that root has given to the other user's group. */
const inShared = () =>
  interrupted((folder) => {
    chownSync(folder, 0, otherUid)
    chmodSync(folder, 0o2770)
  })

test.each(octal(0o000, 0o022, 0o077))(
  'only its owner can read a journal, under umask %s',
  async (_, mask) => {
    const before = process.umask(mask)
    onTestFinished(() => void process.umask(before))
    const modes = journalsOf(await inPublic()).map((path) => statSync(path).mode & 0o777)
    expect(modes).toEqual([0o600, 0o600])
  },
)

test.skipIf(!canBeOther)('another user cannot read a journal of root', async () => {
  const [path = ''] = journalsOf(await inPublic())
  expect(runAsOther(`require('node:fs').readFileSync(args[0])`, path).stderr).toContain('EACCES')
})

test.skipIf(!canBeOther)(
  'a group that may write to the folder can read a journal of root, and root recovers by it',
  async () => {
    const left = await inShared()
    const [path = ''] = journalsOf(left)
    expect(statSync(path).mode & 0o777).toBe(0o640)
    expect(askAsOther(`process.stdout.write(require('node:fs').readFileSync(args[0]))`, path)).toBe(
      readFileSync(path, 'utf8'),
    )
    const { recovered } = await recoverMig({ library: left.library })
    expect(recovered.map(({ outcome }) => outcome)).toEqual(['undone', 'undone'])
  },
)

test.skipIf(!canBeOther)('root does not trust a journal of a member of that group', async () => {
  const left = await inShared()
  const { library } = left
  const before = (await readMigState({ library })).gpus.map(countDevices)
  for (const path of journalsOf(left)) chownSync(path, otherUid, otherUid)
  const { recovered } = await recoverMig({ library })
  expect(recovered.map(({ outcome }) => outcome)).toEqual(['set-aside', 'set-aside'])
  for (const { reason } of recovered) expect(reason).toContain(`another user (${otherUid})`)
  expect((await readMigState({ library })).gpus.map(countDevices)).toEqual(before)
})

test.skipIf(!canBeOther)(
  'files that a group member puts at the paths of journals do not stop root',
  async () => {
    const left = await inShared()
    const { library, folder } = left
    await recoverMig({ library })
    const gpus = (await readMigState({ library })).gpus.map(({ uuid }) => uuid)
    askAsOther(
      `const { mkdirSync } = require('node:fs')
     const { spawnSync } = require('node:child_process')
     const [lock, one, two] = args
     mkdirSync(lock + '.' + one + '.journal/something', { recursive: true })
     mkdirSync(lock + '.' + one + '.journal.new/something', { recursive: true })
     spawnSync('mkfifo', [lock + '.' + two + '.journal', lock + '.' + two + '.journal.new'])`,
      library.lockFile ?? '',
      ...gpus,
    )
    expect((await applyMigConfig(left.target, { library })).outcome).toBe('applied')
    const remaining = readdirSync(folder).filter((name) => /\.journal(\.new)?$/.test(name))
    expect(remaining).toEqual([])
    expect(existsSync(`${library.lockFile}.${gpus[0]}.journal.set-aside/something`)).toBe(true)
  },
)
