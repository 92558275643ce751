import { describe, expect, test } from 'vitest'
import { parseMigConfig } from '../../../lib/config.js'
import { planMigConfig } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { MigConfigInput } from '../../../types/config/config.js'
import { migErrorOf } from '../../support/errors.js'
import { resolveText } from '../../support/resolving.js'
import { stateOf } from '../../support/state.js'

/** Documents that people use, and problems that their authors met. */

const all = (count: number): string =>
  `    - devices: all\n      mig-enabled: true\n      mig-devices:\n        "1g.5gb": ${count}\n`
const document = (...configs: readonly (readonly [name: string, count: number])[]): string =>
  `version: v1\nmig-configs:\n${configs.map(([name, count]) => `  ${name}:\n${all(count)}`).join('')}`
const plain = document(['a', 1])
const parsed = parseMigConfig(plain)

function refusalOf(input: unknown): {
  readonly message: string
  readonly hint: string
  readonly line: number | undefined
  readonly column: number | undefined
} {
  const {
    code,
    message,
    hint = '',
    issues,
  } = migErrorOf(() => parseMigConfig(input as MigConfigInput))
  expect(code).toBe('MIG_CONFIG_INVALID')
  return { message, hint, line: issues?.[0]?.line, column: issues?.[0]?.column }
}

describe('equal keys', () => {
  test('equal keys with equal values give a warning that names the key and both places', async () => {
    using machine = createSimulatedMachine('1x A100-SXM4-40GB')
    // As in the file of NVIDIA's DeepOps.
    const text = document(['all-1g', 7], ['all-7g.80gb', 1], ['b', 1], ['all-7g.80gb', 1])
    const { warnings } = await planMigConfig(text, { config: 'all-1g', library: machine.library })
    expect(warnings).toEqual([
      'The key "all-7g.80gb" already appears at line 8, column 3, with the same value (line 18, column 3)',
    ])
  })

  test.each([
    ['in another order', 'x: {a: 1, b: 2}', 'x: {b: 2, a: 1}'],
    ['in another notation', 'x: {a: 0x10}', 'x: {"a": 16}'],
    ['by an alias', 'y: &y [1, {a: 2}]\nx: *y', 'x: [1, {a: 2}]'],
    ['as nothing', 'x:', 'x: ~'],
  ])('equal keys have equal values if these are the same %s', (_, one, other) => {
    const text = `${plain}# ${'-'.repeat(10)}\n${one}\n${other}\n`
    // The remaining error is that the document has no such field.
    expect(refusalOf(text).message).toContain('x is not a field')
  })

  test.each([
    ['a count', document(['a', 1], ['a', 2])],
    ['one of three', document(['a', 1], ['a', 1], ['a', 2])],
    ['only the first of three', document(['a', 2], ['a', 1], ['a', 1])],
    ['text in place of a number', 'version: v1\nx: 1\nx: "1"\n'],
    ['a field more', 'version: v1\nx: {a: 1}\nx: {a: 1, b: 1}\n'],
    ['another list', 'version: v1\nx: [1, 2]\nx: [1]\n'],
    ['a number and a text as keys', document(['7', 1], ['"7"', 2])],
  ])('equal keys whose values differ by %s are an error', (_, text) => {
    const { message, hint } = refusalOf(text)
    expect(message).toMatch(
      /The key ".*" already appears at line \d+, column \d+, with another value/,
    )
    expect(hint).toContain("matching 'lenient'")
  })

  test('equal keys with different values are an error that names both places', () => {
    const { message, line, column } = refusalOf(document(['a', 1], ['b', 1], ['a', 2]))
    expect(message).toContain('The key "a" already appears at line 3, column 3')
    expect({ line, column }).toEqual({ line: 13, column: 3 })
  })

  test('equal keys whose values contain themselves are refused', () => {
    expect(refusalOf('x: &x [*x, *x]\nx: &y [*y, *y]\n').message).not.toBe('')
  })
})

describe('a template with open placeholders', () => {
  test.each([
    ['as a name', 'version: v1\nmig-configs:\n  {{ name }}:\n    - devices: all\n', 3],
    ['as a value', 'version: v1\nmig-configs:\n  a:\n    - devices: {{ devices }}\n', 4],
    ['as a condition', '{{- if .Values.mig }}\nversion: v1\n{{- end }}\n', 1],
    ['of another kind', 'version: v1\n{% for n in names %}\nmig-configs: {}\n{% endfor %}\n', 2],
  ])('a template with a placeholder %s is refused with a hint', (_, text, at) => {
    const { hint, line } = refusalOf(text)
    expect(hint).toContain('template')
    expect(line).toBe(at)
  })

  test.each([
    ['a mapping', 'version: v1\nmig-configs:\n  ? {a: 1}\n  : []\n'],
    ['a list', 'version: v1\nmig-configs:\n  [a]: []\n'],
    ['an alias of a mapping', 'version: &v {a: 1}\n*v : 1\n'],
  ])('%s is refused as a key, also with lenient matching', (_, text) => {
    expect(refusalOf(text).message).toContain('cannot be a key')
    const lenient = migErrorOf(() => resolveText(stateOf([{ key: 'a100-40gb' }]), text))
    expect(lenient.code).toBe('MIG_CONFIG_INVALID')
  })
})

describe('line endings and ends of documents', () => {
  test.each([
    ['a mark of another document with nothing behind it', `${plain}---\n`],
    ['several of them, and a comment', `${plain}---\n# the end\n---\n...\n`],
    ['a byte order mark', `\ufeff${plain}`],
    ['lone carriage returns', plain.replaceAll('\n', '\r')],
    ['all three ends of lines', plain.replace('\n', '\r\n').replace('all\n', 'all\r')],
  ])('a document with %s reads the same', (_, text) => {
    expect(parseMigConfig(text)).toEqual(parsed)
  })

  test('a second document is refused, even if it is only null', () => {
    for (const more of ['a: 1\n', '~\n', 'null\n', '""\n'])
      expect(refusalOf(`${plain}--- ${more}`).message).toContain('A second YAML document')
  })

  test('places in a text count lone carriage returns as lines', () => {
    const text = plain.replace('all\n', '7\n').replaceAll('\n', '\r')
    expect(refusalOf(text)).toMatchObject({ line: 4, column: 16 })
  })

  test.each([
    ['under an empty line', '    - devices: all\n\n     mig-enabled: true\n', 6, 6],
    ['under a comment', '    - devices: all\n\n  # sizes\n     mig-enabled: true\n', 7, 6],
    ['by one space', '    - devices: all\n       mig-enabled: true\n', 5, 8],
    ['as a list behind a value', '    - devices: 0\n        - mig-enabled: true\n', 5, 9],
    ['a name', '    - devices: all\n      mig-enabled: false\n\n   b:\n    - devices: all\n', 7, 4],
  ])('the error for wrong indentation names the indented line: %s', (_, entry, line, column) => {
    const text = `version: v1\nmig-configs:\n  a:\n${entry}`
    expect(refusalOf(text)).toMatchObject({ line, column })
  })
})

test('no error of a document names a type of JavaScript', () => {
  const junk = ['[[]]', '{a: {}}', '~', '[{}]', '7', 'text', 'true', '[~]']
  const places = [
    (value: string) => `version: ${value}\n`,
    (value: string) => `version: v1\nmig-configs: ${value}\n`,
    (value: string) => `version: v1\nmig-configs: {a: ${value}}\n`,
    (value: string) => `version: v1\nmig-configs: {a: [${value}]}\n`,
    ...['mig-devices: [X]', 'mig-devices: [{profile: X}]', 'keep: [X]', 'placements: [X]']
      .concat(['placements: [{profile: X}]', 'placements: [{start: X}]'])
      .concat(['placements: [{compute-instances: X}]', 'placements: [{compute-instances: [X]}]'])
      .map(
        (field) => (value: string) =>
          `version: mig-nvml/v1\nmig-configs: {a: [{${field.replace('X', () => value)}}]}\n`,
      ),
    ...['devices', 'mig-enabled', 'mig-devices', 'device-filter', 'count', 'keep', 'placements']
      .concat(['total-mig-devices', 'at-least'])
      .flatMap((field) =>
        ['v1', 'mig-nvml/v1'].map(
          (version) => (value: string) =>
            `version: ${version}\nmig-configs: {a: [{${field}: ${value}}]}\n`,
        ),
      ),
  ]
  const wrong = places.flatMap((place) =>
    junk.flatMap((value) => {
      try {
        parseMigConfig(place(value))
        return []
      } catch (error) {
        const { message } = error as Error
        return /\b(Array|Object|undefined|Invalid|received)\b/.test(message) ? [message] : []
      }
    }),
  )
  expect(wrong).toEqual([])
})

describe('a document inside another object', () => {
  const block = (text: string, indent: string): string => text.replaceAll(/^(?=.)/gm, indent)
  const configMap = (text: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: default-mig-parted-config\ndata:\n  config.yaml: |\n${block(text, '    ')}`

  test('a ConfigMap is accepted as text and as an object', () => {
    expect(parseMigConfig(configMap(plain))).toEqual(parsed)
    const map = { apiVersion: 'v1', kind: 'ConfigMap', data: { 'config.yaml': plain } } as const
    expect(parseMigConfig(map)).toEqual(parsed)
    expect(parseMigConfig(JSON.stringify(map))).toEqual(parsed)
  })

  test('errors of a document in a ConfigMap have their places in the text of the ConfigMap', () => {
    const text = configMap(plain.replace('all\n', '7\n'))
    const lines = text.split('\n')
    const line = lines.findIndex((each) => each.includes('devices: 7'))
    const column = (lines[line]?.indexOf('7') ?? 0) + 1
    expect(refusalOf(text)).toMatchObject({ line: line + 1, column })
    const unreadable = configMap(document(['a', 1], ['a', 2]))
    expect(refusalOf(unreadable).message).toContain('already appears at line 9, column 7')
    // The lines of a quoted text have no places of their own.
    const quoted = JSON.stringify(plain.replace('all\n', '7\n'))
    expect(refusalOf(`kind: ConfigMap\ndata: {"config.yaml": ${quoted}}`)).toMatchObject({
      line: 2,
      column: 23,
    })
  })

  test('a ConfigMap without config.yaml is refused with a list of its keys', () => {
    expect(refusalOf('kind: ConfigMap\ndata: {mig.yaml: ""}\n')).toMatchObject({
      message: 'The ConfigMap has no config.yaml in its data, which has "mig.yaml"',
      hint: expect.stringContaining('config.yaml'),
    })
    expect(refusalOf('kind: ConfigMap\n').message).toContain('has nothing')
    expect(refusalOf({ kind: 'ConfigMap', data: { 'config.yaml': 7 } }).message).toContain(
      'is not text',
    )
  })

  test.each([
    [
      'the values of a Helm chart, as text',
      `migManager:\n  config:\n    name: custom\n    data:\n      config.yaml: |-\n${block(plain, '        ')}`,
      'migManager.config.data["config.yaml"]',
    ],
    ['the values of a Helm chart', `mig:\n  parted:\n${block(plain, '    ')}`, 'mig.parted'],
    [
      'a list of ConfigMaps',
      `kind: List\nitems:\n  - kind: ConfigMap\n    data:\n      config.yaml: |\n${block(plain, '        ')}`,
      'items[0].data["config.yaml"]',
    ],
  ])('%s is refused with a hint at the part that is the document', (_, text, path) => {
    expect(refusalOf(text).hint).toBe(`the document is at ${path}: pass only that part`)
  })

  test.each([
    ['configurations without mig-configs', `all-1g:\n${all(7)}`],
    ['a version and configurations', `version: v1\nall-1g:\n${all(7)}`],
    ['a list of entries', all(7)],
  ])('%s are refused with a hint at what is missing', (_, text) => {
    expect(refusalOf(text).hint).toContain('under mig-configs')
  })

  test.each([
    ['of this library', 'version: mig-nvml/checkpoint/v1\ngpus: []\n'],
    ['of mig-parted', '{"Version": "v1", "MigState": {"Devices": []}}'],
  ])('a checkpoint %s is refused with a hint at restore', (_, text) => {
    expect(refusalOf(text).hint).toContain('mig-nvml restore')
  })

  test('input without a document in it gets no hint', () => {
    expect(refusalOf('version: v1\nreplicas: 3\n').hint).toBe('')
    expect(refusalOf('version: v2\nmig-configs: {}\n').hint).toBe('')
  })
})
