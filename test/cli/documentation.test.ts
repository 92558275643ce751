import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runInProcess } from './run-in-process.js'

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

const { out: help } = await runInProcess(['--help'])
const verbs = [...help.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map((match) => match[1] ?? '')

describe('docs/cli.md', () => {
  test.each(verbs)('docs/cli.md names %s, all its options and their variables', async (verb) => {
    expect(page).toMatch(new RegExp(`mig-nvml ${verb}\\b`))
    const { out } = await runInProcess([verb, '--help'])
    const names = [...out.matchAll(/^ {2,}(?:-\w, )?(--[a-z-]+)|\$(MIG_PARTED_\w+)/gm)]
    expect(names.length).toBeGreaterThan(0)
    for (const [, option, variable] of names) expect(page).toContain(option ?? variable)
  })

  test('docs/cli.md names no option that no command takes', async () => {
    const helps = await Promise.all(verbs.map((verb) => runInProcess([verb, '--help'])))
    const known = new Set(
      helps.flatMap(({ out }) => [...out.matchAll(/--[a-z-]+/g)].map(([name]) => name)),
    )
    const named = [...page.matchAll(/(?<=[\s`[(])--[a-z][a-z-]+/g)].map(([name]) => name)
    expect(named.filter((name) => !known.has(name) && name !== '--version')).toEqual([])
  })
})
