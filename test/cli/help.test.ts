import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { commands } from '../../lib/cli/commands.js'
import { runInProcess } from './run-in-process.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const verbs = Object.keys(commands)

const longest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length))
const words = (text: string): readonly string[] => text.split(/\s+/)

describe('the width of the help', () => {
  test.each([[], ...verbs.map((verb) => [verb])])(
    'no line of mig-nvml help %s is longer than 80 characters in a pipe',
    (...args) => {
      const out = execFileSync(process.execPath, [cli, 'help', ...args], { encoding: 'utf8' })
      expect(longest(out)).toBeGreaterThan(40)
      expect(longest(out)).toBeLessThanOrEqual(80)
    },
  )

  test.each([[], ...verbs.map((verb) => [verb])])(
    'mig-nvml help %s wraps at the width of the terminal and loses no word',
    async (...args) => {
      const help = async (textColumns: number): Promise<string> =>
        (await runInProcess(['help', ...args], { textColumns })).out
      const wide = await help(1000)
      for (const width of [50, 64, 120]) {
        const text = await help(width)
        expect(longest(text)).toBeLessThanOrEqual(width)
        expect(words(text)).toEqual(words(wide))
      }
    },
  )
})

test.each(verbs)('help %s and %s --help print the same', async (verb) => {
  const { status, out, err } = await runInProcess(['help', verb])
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(await runInProcess([verb, '--help'])).toEqual({ status, out, err })
})

test('help help shows the general help', async () => {
  expect(await runInProcess(['help', 'help'])).toEqual(await runInProcess(['help']))
})

test.each([['--version'], ['-v'], ['-V']])('%s prints the version', async (option) => {
  const { status, out } = await runInProcess([option])
  expect(status).toBe(0)
  expect(out).toMatch(/^\d+\.\d+\.\d+\n$/)
})

describe('the words that an option takes', () => {
  const taking = verbs.map(async (name) => {
    const verb = await commands[name]?.load()
    return Object.entries(verb?.options ?? {}).flatMap(([option, { choices }]) =>
      choices === undefined ? [] : [{ name, option, choices }],
    )
  })

  test('the help names every word that an option takes, and another word is refused with them', async () => {
    const all = (await Promise.all(taking)).flat()
    expect(all.map(({ option }) => option)).toEqual(
      expect.arrayContaining(['matching', 'atomic', 'reset', 'direction', 'output-format', 'host']),
    )
    for (const { name, option, choices } of all) {
      const { out } = await runInProcess(['help', name], { textColumns: 1000 })
      const line = out
        .split('\n')
        .find((each) => each.startsWith('  ') && each.includes(`--${option} `))
      for (const word of choices) expect(line).toMatch(new RegExp(`\\b${word}\\b`))
    }
  })

  test.each(
    [
      ['plan', '-f', '-', '--matching', 'x'],
      ['apply', '-f', '-', '--atomic', 'x'],
      ['apply', '-f', '-', '--reset', 'x'],
      ['recover', '--direction', 'x'],
      ['export', '-o', 'x'],
      ['simulator', 'create', '--simulate', 'T4', '--store', '/nowhere/x', '--host', 'x'],
      ['simulator', 'create', '--simulate', 'T4', '--store', '/nowhere/x', '--checks', 'x'],
    ].map((args) => [args]),
  )('a word that the help does not name is refused: %j', async (args) => {
    const { status, err } = await runInProcess(args)
    expect(status).toBe(2)
    expect(err).toMatch(/--[a-z-]+ takes [a-z0-9, -]+, not 'x'/)
  })
})

describe('every command', () => {
  test('has a sentence in the general help, of its own', async () => {
    const { out } = await runInProcess(['help'], { textColumns: 1000 })
    const sentences = verbs.map((verb) => {
      const line = out.split('\n').find((each) => each.startsWith(`  ${verb} `)) ?? ''
      return line.slice(`  ${verb}`.length).trim()
    })
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].{15,}\.$/)
    expect(new Set(sentences).size).toBe(verbs.length)
  })

  test.each(verbs)('%s says in its help what each of its options and words does', async (name) => {
    const verb = await commands[name]?.load()
    const { out } = await runInProcess(['help', name], { textColumns: 1000 })
    const lines = out.split('\n')
    for (const [option, { type, help, value, short }] of Object.entries(verb?.options ?? {})) {
      expect(help, option).toMatch(/^\S.{8,}/)
      // What stands for the value of an option: `--file FILE`.
      expect(value ?? 'none', option).toMatch(type === 'string' ? /^[A-Z]/ : /^none$/)
      const line = lines.find((each) => new RegExp(`^ +(-\\w, )?--${option}( |$)`).test(each)) ?? ''
      expect(line, option).toContain(help.split(/[.;:]/)[0])
      if (value !== undefined)
        expect(line).toMatch(new RegExp(`--${option}[ =]${value.replaceAll(/\W/g, '.')}`))
      if (short !== undefined) expect(line).toContain(`-${short}, --${option}`)
    }
    for (const word of verb?.words?.names ?? []) expect(out).toMatch(new RegExp(`\\b${word}\\b`))
    for (const help of Object.values(verb?.words?.help ?? {})) {
      expect(help).toMatch(/^\S.{8,}/)
      expect(out).toContain(help)
    }
  })
})
