import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeDurably } from '../../../lib/system/durable-file.js'
import { fakeRoot } from '../../support/root-tree.js'

test.each([
  ['for a group', { mode: 0o640, group: process.getgid?.() ?? 0 }, 0o640],
  ['that ignores the umask', { mode: 0o644, ignoresUmask: true }, 0o644],
  ['without either', { mode: 0o644 }, 0o600],
])(
  'under a strict umask, a new file %s has the rights that it is to have',
  async (_what, readers, mode) => {
    const before = process.umask(0o077)
    onTestFinished(() => void process.umask(before))
    const path = join(fakeRoot(), 'file')
    await writeDurably(path, 'text', readers)
    expect(statSync(path).mode & 0o777).toBe(mode)
    expect(readFileSync(path, 'utf8')).toBe('text')
  },
)
