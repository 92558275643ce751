import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commands } from '../../lib/cli/commands.js'
import { generalOptions } from '../../lib/cli/parse/parse-args.js'
import type { OptionSpec } from '../../lib/cli/parse/verb.js'
import { manPage } from '../../lib/cli/print/man-page.js'

/** The page that the build has made, as a reader sees its lines. */
const page = readFileSync(new URL('../../dist/mig-nvml.1', import.meta.url), 'utf8')
  .replaceAll(/\\f[BIR]/g, '')
  .replaceAll(/\\&/g, '')
  .replaceAll('\\-', '-')
  .replaceAll('\\(aq', "'")
  .replaceAll('\\(dq', '"')
  .replaceAll('\\(ga', '`')

/** The lines below a heading, up to the next one of its rank. */
function below(macro: 'SH' | 'SS', heading: string): readonly string[] {
  const lines = page.split('\n')
  const start = lines.indexOf(`.${macro} ${heading}`)
  expect(start, heading).toBeGreaterThan(0)
  const end = lines.findIndex((line, index) => index > start && /^\.S[HS] /.test(line))
  return lines.slice(start + 1, end)
}

/** The lines behind `.TP` that name an option. */
function tagsOf(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line, index) =>
    lines[index - 1] === '.TP' && line.startsWith('-') ? [line] : [],
  )
}

/** `-f, --config-file, --file FILE` */
function tagOf([name, { short, aliases = [], value }]: [string, OptionSpec]): string {
  const names = [
    ...(short === undefined ? [] : [`-${short}`]),
    ...[name, ...aliases].map((each) => `--${each}`),
  ].join(', ')
  return value === undefined ? names : `${names} ${value}`
}

const wordsOf = (lines: readonly string[]): string =>
  lines.filter((line) => !line.startsWith('.')).join(' ')

const shared = below('SH', 'OPTIONS OF SEVERAL COMMANDS')

test('the page names every command and nothing else as one, with its summary and its usage', async () => {
  const headings = [...page.matchAll(/^\.SS (.*)$/gm)].map(([, name]) => name)
  expect(headings).toEqual(Object.keys(commands))
  const synopsis = below('SH', 'SYNOPSIS')
  for (const [name, { summary, load }] of Object.entries(commands)) {
    expect(wordsOf(below('SS', name))).toContain(summary)
    const { usage } = await load()
    const line = synopsis.indexOf(`.SY "mig-nvml ${name}"`)
    expect(line, name).toBeGreaterThanOrEqual(0)
    if (usage !== '') expect(synopsis[line + 1]).toBe(usage.replaceAll('…', '...'))
  }
})

test.each(Object.keys(commands))('the page has exactly the options of %s', async (name) => {
  const section = below('SS', name)
  const { options = {} } = (await commands[name]?.load()) ?? {}
  const own = tagsOf(section)
  const [, list = ''] = /It also takes (.*)\.$/.exec(wordsOf(section)) ?? []
  const others = list.split(', ').filter((word) => word !== '')
  const entries = Object.entries(options)
  const isShared = ([option]: [string, OptionSpec]) => others.includes(`--${option}`)
  expect(own).toEqual(entries.filter((entry) => !isShared(entry)).map(tagOf))
  expect(others).toEqual(entries.filter(isShared).map(([option]) => `--${option}`))
  for (const entry of entries.filter(isShared)) expect(tagsOf(shared)).toContain(tagOf(entry))
})

test('the page explains every option, with the words that it takes and its variable', async () => {
  const text = wordsOf(page.split('\n'))
  const verbs = await Promise.all(Object.values(commands).map(({ load }) => load()))
  for (const { help, choices = [], env } of [
    ...verbs.flatMap(({ options }) => Object.values(options)),
    ...Object.values(generalOptions),
  ]) {
    expect(text).toContain(help)
    for (const word of choices) expect(text).toContain(word)
    if (env !== undefined) expect(below('SH', 'ENVIRONMENT')).toContain(env)
  }
  expect(tagsOf(below('SH', 'OPTIONS OF EVERY COMMAND'))).toEqual([
    ...Object.entries(generalOptions).map(tagOf),
    '-V, --version',
  ])
})

test('the page has every action of the simulator with what it does', async () => {
  const { words } = (await commands['simulator']?.load()) ?? {}
  const section = below('SS', 'simulator')
  for (const name of words?.names ?? []) {
    expect(section).toContain(name)
    expect(wordsOf(section)).toContain(words?.help?.[name])
  }
})

describe('what roff takes for its own', () => {
  test('a text keeps its dots, quotes, dashes and backslashes', async () => {
    const odd: OptionSpec = { type: 'boolean', help: '.so \'x\' \\fB "y" a-b ~ ^ ` × 3' }
    const made = await manPage({
      version: '1.2.3',
      date: '2000-01-02',
      commands: {
        odd: {
          summary: '.TH of nothing',
          load: async () => ({ usage: '', options: { odd }, run: async () => 0 }),
        },
      },
    })
    expect(made.split('\n')).toEqual(
      expect.arrayContaining([
        '.TH MIG\\-NVML 1 2000-01-02 "mig\\-nvml 1.2.3" "User Commands"',
        '\\&.TH of nothing',
        '\\&.so \\(aqx\\(aq \\(rsfB \\(dqy\\(dq a\\-b \\(ti \\(ha \\(ga \\[u00D7] 3',
      ]),
    )
  })
})
