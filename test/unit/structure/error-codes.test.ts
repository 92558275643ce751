import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))].sort()
}

test('docs/errors.md lists exactly the codes of the contract, and each is thrown somewhere', () => {
  const declared = matches(
    read('types/model/errors.d.ts').split('export type MigCode')[1]?.split('\n\n')[0] ?? '',
    /'([A-Z_]+)'/g,
  )
  const documented = matches(read('docs/errors.md'), /^\| `((?:MIG|ABORT)_[A-Z_]+)` +\|/gm)
  const sources = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(join('lib', name)))
    .join('\n')
  const thrown = matches(sources, /'((?:MIG|ABORT)_[A-Z_]+)'/g).filter((code) =>
    declared.includes(code),
  )
  expect(documented).toEqual(declared)
  expect(thrown).toEqual(declared)
})
