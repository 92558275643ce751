import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

test('what the addon writes as JSON reads back the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-json-'))
  try {
    const program = join(folder, 'json_text')
    const native = file('../../../native')
    const { LD_PRELOAD: _, ...env } = process.env
    execFileSync(
      'c++',
      [
        ...['-std=c++20', '-O1', '-Wall', '-Wextra', '-Werror', `-I${native}`, '-o', program],
        ...[file('json_text.cc'), `${native}/addon/conversion/json_text.cc`],
      ],
      { env },
    )
    const written: unknown = JSON.parse(execFileSync(program, { encoding: 'utf8', env }))
    const characters = Array.from({ length: 0x80 }, (_, code) => `a${String.fromCharCode(code)}b`)
    expect(written).toEqual({
      texts: [...characters, '', 'GPU ™', 'x'.repeat(1000)],
      numbers: [0, 9, 10, 2 ** 32 - 1, 40 * 2 ** 30, 2 ** 64],
      none: null,
      nothing: [],
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
