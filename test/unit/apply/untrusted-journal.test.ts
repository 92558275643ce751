import {
  chmodSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { applyMigConfig, readMigState, recoverMig } from '../../../lib/index.js'
import { InterruptedApply } from '../../support/interrupted.js'
import { countDevices } from '../../support/wanted.js'

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
  ['can be written by others', onFiles((path) => chmodSync(path, 0o666)), /others may write/],
  [
    'is a link',
    onFiles((path) => {
      renameSync(path, `${path}-elsewhere`)
      symlinkSync(`${path}-elsewhere`, path)
    }),
    /ELOOP/,
  ],
  ['is huge', onFiles((path) => writeFileSync(path, ' '.repeat(2 ** 21))), /too large/],
]

test.each(spoilt)(
  'a journal that %s is set aside, and nothing is done by it',
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

test('an apply goes on without it, and says so', async () => {
  using left = await InterruptedApply.create()
  const { library } = left
  left.rewrite(() => 'not JSON')
  const report = await applyMigConfig(left.target, { library })
  expect(report.outcome).toBe('applied')
  expect(report.recovered.map(({ outcome }) => outcome)).toEqual(['set-aside', 'set-aside'])
})

test('where nothing can be written down, nothing is changed', async () => {
  using left = await InterruptedApply.create()
  const { library, machine } = left
  await recoverMig({ library })
  const calls = machine.callCounts().changing
  // A folder in the place of the file, since root may write anywhere.
  const [gpu] = (await readMigState({ library })).gpus
  const file = `${library.lockFile}.${gpu?.uuid}.journal.new`
  mkdirSync(join(file, 'in the way'), { recursive: true })
  await expect(applyMigConfig(left.target, { library })).rejects.toMatchObject({
    code: 'MIG_JOURNAL_FAILED',
    message: expect.stringContaining(`${gpu?.uuid}.journal`),
  })
  expect(machine.callCounts().changing).toBe(calls)
  rmSync(file, { recursive: true })
  expect((await applyMigConfig(left.target, { library })).outcome).toBe('applied')
})
