import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { buildProgram } from '../build-program.js'

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

test('JSON that the addon writes parses to the same values', () => {
  const sources = [file('json_text.cc'), file('../../../native/addon/conversion/json_text.cc')]
  const program = buildProgram('json_text', sources, ['-O1', '-Wall', '-Wextra', '-Werror'])
  const { LD_PRELOAD: _, ...env } = process.env
  const written: unknown = JSON.parse(execFileSync(program, { encoding: 'utf8', env }))
  const characters = Array.from({ length: 0x80 }, (_, code) => `a${String.fromCharCode(code)}b`)
  expect(written).toEqual({
    texts: [...characters, '', 'GPU ™', 'x'.repeat(1000)],
    numbers: [0, 9, 10, 2 ** 32 - 1, 40 * 2 ** 30, 2 ** 64],
    none: null,
    nothing: [],
  })
})
