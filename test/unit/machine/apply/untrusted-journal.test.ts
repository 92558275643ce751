import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { applyMigConfig, recoverMig } from '../../../../lib/index.js'
import { configure } from '../../../support/configure.js'
import { InterruptedApply } from '../../../support/interrupted.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices } from '../../../support/wanted.js'

type Spoil = (left: InterruptedApply) => void

const onFiles =
  (change: (path: string) => void): Spoil =>
  (left) => {
    for (const name of left.listJournals()) change(join(left.folder, name))
  }

const spoilt: readonly (readonly [string, Spoil, RegExp])[] = [
  ['is torn', (left) => left.rewrite((journal) => JSON.stringify(journal).slice(0, 200)), /JSON/],
  ['is something else', (left) => left.rewrite(() => ({ version: 1 })), /not a journal/],
  [
    'was written by a later release',
    (left) => left.rewrite((journal) => ({ ...journal, version: 2 })),
    /version 2/,
  ],
  [
    'says what cannot be',
    (left) => left.rewrite((journal) => ({ ...journal, before: { migEnabled: 'yes' } })),
    /migEnabled|Invalid/,
  ],
  [
    'is about another GPU',
    (left) => left.rewrite((journal) => ({ ...journal, gpu: 'GPU-else' })),
    /another GPU/,
  ],
  ['can be written by others', onFiles((path) => chmodSync(path, 0o666)), /other users may write/],
  [
    'is a link',
    onFiles((path) => {
      renameSync(path, `${path}-elsewhere`)
      symlinkSync(`${path}-elsewhere`, path)
    }),
    /ELOOP/,
  ],
  [
    'is a folder with something in it',
    onFiles((path) => {
      rmSync(path)
      mkdirSync(join(path, 'something'), { recursive: true })
    }),
    /not a file/,
  ],
  [
    'is a named pipe that nobody writes to',
    onFiles((path) => {
      rmSync(path)
      execFileSync('mkfifo', [path])
    }),
    /not a file/,
  ],
  ['has a second name', onFiles((path) => linkSync(path, `${path}-elsewhere`)), /second name/],
  ['is huge', onFiles((path) => writeFileSync(path, ' '.repeat(2 ** 21))), /too large/],
]

test.each(spoilt)(
  'a journal that %s is set aside, and nothing is changed because of it',
  async (_, spoil, reason) => {
    using left = await InterruptedApply.create()
    const { library } = left
    const before = (await readMigState({ library })).gpus.map(countDevices)
    spoil(left)
    const { recovered } = await recoverMig({ library })
    expect(recovered.map(({ outcome }) => outcome)).toEqual(['set-aside', 'set-aside'])
    for (const each of recovered) expect(each.reason).toMatch(reason)
    expect((await readMigState({ library })).gpus.map(countDevices)).toEqual(before)
    expect(left.listJournals()).toEqual([])
    expect(readdirSync(left.folder).filter((name) => name.endsWith('.set-aside'))).toHaveLength(2)
  },
)

test('an apply continues without a journal that it does not trust, and reports it', async () => {
  using left = await InterruptedApply.create()
  const { library } = left
  left.rewrite(() => 'not JSON')
  const report = await applyMigConfig(left.target, { library })
  expect(report.outcome).toBe('applied')
  expect(report.recovered.map(({ outcome }) => outcome)).toEqual(['set-aside', 'set-aside'])
})

test('an apply that cannot write its journal changes nothing', async () => {
  using left = await InterruptedApply.create()
  const { machine } = left
  await recoverMig({ library: left.library })
  const calls = machine.callCounts().changing
  // Root may write anywhere, but beside this lock file the name of a journal would be too long.
  const library = { ...left.library, lockFile: join(left.folder, 'l'.repeat(210)) }
  const [gpu] = (await readMigState({ library })).gpus
  await expect(applyMigConfig(left.target, { library })).rejects.toMatchObject({
    code: 'MIG_JOURNAL_FAILED',
    message: expect.stringContaining(`${gpu?.uuid}.journal`),
  })
  expect(machine.callCounts().changing).toBe(calls)
  expect((await applyMigConfig(left.target, { library: left.library })).outcome).toBe('applied')
})

test.each([
  ['file', (path: string) => writeFileSync(path, '{"format":')],
  ['folder', (path: string) => mkdirSync(join(path, 'in it'), { recursive: true })],
])('a %s at the path of a journal’s draft does not stop an apply', async (_, put) => {
  using left = await InterruptedApply.create()
  const { library, folder } = left
  await recoverMig({ library })
  const [gpu] = (await readMigState({ library })).gpus
  put(`${library.lockFile}.${gpu?.uuid}.journal.new`)
  put(`${library.lockFile}.${gpu?.uuid}.journal.new.set-aside`)
  expect((await applyMigConfig(left.target, { library })).outcome).toBe('applied')
  expect(readdirSync(folder).filter((name) => /\.journal(\.new)?$/.test(name))).toEqual([])
})

test('the draft of a journal that a kill has left is removed by the next call, whatever its configuration', async () => {
  using left = await InterruptedApply.create()
  const { library, folder } = left
  await recoverMig({ library })
  const [first, second] = (await readMigState({ library })).gpus
  const drafts = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.new'))
  const leave = (uuid = ''): void => writeFileSync(`${library.lockFile}.${uuid}.journal.new`, '{"f')
  leave(first?.uuid)
  leave(second?.uuid)
  expect((await recoverMig({ library })).recovered).toEqual([])
  expect(drafts()).toEqual([])
  leave(second?.uuid)
  await applyMigConfig(configure({ '7g.40gb': 1 }), { library })
  expect(drafts()).toEqual([])
})

test('a file with an impossible GPU name is not a journal, and adds no line to the output', async () => {
  using left = await InterruptedApply.create()
  const { library } = left
  await recoverMig({ library })
  writeFileSync(`${library.lockFile}.GPU-0\nGPU 0 was undone.journal`, '{}')
  expect(await recoverMig({ library })).toEqual({ recovered: [], clients: [], after: null })
})

test('a folder with more journals than any machine has GPUs is an error', async () => {
  using left = await InterruptedApply.create()
  const { library, folder } = left
  for (let n = 0; n < 1030; n++) writeFileSync(`${library.lockFile}.GPU-${n}.journal`, '{}')
  const count = readdirSync(folder).length
  await expect(recoverMig({ library })).rejects.toMatchObject({
    code: 'MIG_JOURNAL_FAILED',
    message: expect.stringMatching(/journals of 103\d GPUs/),
  })
  expect(readdirSync(folder)).toHaveLength(count)
})
