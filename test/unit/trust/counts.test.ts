// Counts of applies beside other users: which users can read them, and which counts are believed.
import { chmodSync, chownSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { applyMigConfig, readMigMetrics } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { LibraryRef } from '../../../types/machine/options.js'
import { configure } from '../../support/configure.js'
import { askAsOther, canBeOther, octal, otherUid, publicFolder } from '../../support/other-user.js'
import { valuesBy } from '../../support/prometheus-text.js'

interface Kept {
  readonly library: LibraryRef
  /** The file of root's counts of the whole machine. */
  readonly file: string
}

/** A machine whose lock lies in a folder of this mode and group. */
function keep(mode: number, group = 0): Kept {
  const folder = publicFolder()
  const machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', {
    store: join(folder, 'machine'),
  })
  onTestFinished(() => machine.close())
  chownSync(folder, 0, group)
  chmodSync(folder, mode)
  const lockFile = machine.library.lockFile ?? ''
  return { library: machine.library, file: `${lockFile}.counts.0` }
}

const everyGpu = {
  version: 'v1',
  'mig-configs': {
    wanted: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } }],
  },
} as const
const apply = ({ library }: Kept) => applyMigConfig(everyGpu, { library })

async function appliedOf({ library }: Kept): Promise<number | undefined> {
  const { text } = await readMigMetrics({ library })
  return valuesBy(text, 'mig_applies_total', 'outcome')['applied']
}

test.skipIf(!canBeOther).each(octal(0o000, 0o022, 0o077))(
  'only its owner can read a file of counts, under umask %s',
  async (_, mask) => {
    const before = process.umask(mask)
    onTestFinished(() => void process.umask(before))
    const kept = keep(0o755)
    await apply(kept)
    expect(statSync(kept.file).mode & 0o777).toBe(0o600)
  },
)

test.skipIf(!canBeOther)(
  'members of a group that may write to the folder can read the counts',
  async () => {
    const kept = keep(0o2770, otherUid)
    await apply(kept)
    expect(statSync(kept.file).mode & 0o777).toBe(0o640)
    const read = `process.stdout.write(require('node:fs').readFileSync(args[0]))`
    expect(askAsOther(read, kept.file)).toBe(readFileSync(kept.file, 'utf8'))
  },
)

test.skipIf(!canBeOther)('root believes no counts of a member of that group', async () => {
  const kept = keep(0o2770, otherUid)
  await apply(kept)
  const own = kept.file.replace(/\.0$/, `.${otherUid}`)
  const counts = JSON.stringify({ outcomes: { applied: { count: 1000, seconds: 0, lastEnd: 1 } } })
  askAsOther(`require('node:fs').writeFileSync(args[0], args[1], { mode: 0o640 })`, own, counts)
  expect(await appliedOf(kept)).toBe(1)
  askAsOther(
    `const fs = require('node:fs')
     fs.rmSync(args[0])
     fs.writeFileSync(args[0], args[1], { mode: 0o640 })`,
    kept.file,
    counts,
  )
  expect(await appliedOf(kept)).toBe(0)
})

test.skipIf(!canBeOther)(
  'what a member of that group puts at the paths of counts stops no apply, and no link is followed',
  async () => {
    const kept = keep(0o2770, otherUid)
    const target = join(publicFolder(), 'target')
    writeFileSync(target, 'untouched')
    const plant = `require('node:fs').symlinkSync(args[1], args[0])`
    askAsOther(plant, kept.file, target)
    askAsOther(plant, `${kept.file}.new`, target)
    expect((await apply(kept)).outcome).toBe('applied')
    expect(readFileSync(target, 'utf8')).toBe('untouched')
    expect(lstatSync(kept.file).isFile()).toBe(true)
    expect(await appliedOf(kept)).toBe(1)
    askAsOther(`require('node:child_process').spawnSync('mkfifo', args)`, `${kept.file}.new`)
    const { library } = kept
    expect((await applyMigConfig(configure({}), { library })).outcome).toBe('applied')
  },
)
