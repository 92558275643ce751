import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]

test('the tables are those of benchmarks/results.json', () => {
  const check = [join(root, 'scripts/bench-tables.mjs'), '--check']
  expect(spawnSync(process.execPath, check, { encoding: 'utf8' }).stderr).toBe('')
})

describe.each(pages.filter((page) => page.endsWith('.md')))('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8')
  const outside = text
    .replaceAll(/<!-- bench:([\w-]+) -->\n[\s\S]*?<!-- \/bench:\1 -->/g, '')
    .replaceAll(/^```[\s\S]*?^```/gm, '')

  test('measured times stand in no other table', () => {
    const rows = outside.split('\n').filter((line) => line.startsWith('|'))
    expect(rows.filter((row) => /\d\s?(µs|ns|ms)\s*\|/.test(row))).toEqual([])
  })

  test('no mark is left open', () => {
    expect(outside).not.toMatch(/<!-- \/?bench:/)
  })
})
