import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { migErrorOf } from '../../support/errors.js'

const entriesOf = (text: string, name = 'a'): unknown =>
  parseConfig(text).document['mig-configs']?.[name]

describe('positions of errors', () => {
  const text = `version: v1
mig-configs:
  all-1g.5gb:
    - devices: 7
      mig-enabled: yes please
      mig-device:
        "1g.5gb": 7
    - devices: [0, x]
      mig-enabled: true
      mig-devices:
        "1G.5GB": 7
        "2g.10gb":  -12
more: 1
`

  test('every problem has its position, in the order of the text', () => {
    const { issues } = migErrorOf(() => parseConfig(text))
    const at = (needle: string): object => {
      const lines = text.split('\n')
      const line = lines.findIndex((candidate) => candidate.includes(needle))
      return { line: line + 1, column: (lines[line]?.indexOf(needle) ?? 0) + 1 }
    }
    expect(issues?.map(({ line, column }) => ({ line, column }))).toEqual([
      at('7'),
      at('yes please'),
      at('mig-device:'),
      at('x]'),
      at('"1G.5GB"'),
      at('-12'),
      at('more'),
    ])
  })

  test('the message has the position of each problem', () => {
    const { message } = migErrorOf(() => parseConfig(text))
    expect(message).toContain('mig-configs["all-1g.5gb"][0].devices')
    expect(message).toContain('(line 4, column 16)')
  })

  test('a missing field has the position of the mapping that should have it', () => {
    const { issues } = migErrorOf(() =>
      parseConfig('version: v1\nmig-configs:\n  a:\n    - mig-enabled: false\n'),
    )
    expect(issues).toMatchObject([{ path: ['mig-configs', 'a', 0, 'devices'], line: 4, column: 7 }])
  })

  test('positions count characters, not bytes', () => {
    const { issues } = migErrorOf(() => parseConfig('version: "ü🙂"'))
    expect(issues).toMatchObject([{ line: 1, column: 10 }])
    expect(migErrorOf(() => parseConfig('# ü🙂\r\nversion: v2\r\n')).issues).toMatchObject([
      { line: 2 },
    ])
  })

  test('positions are found behind aliases and merge keys', () => {
    const merged = `version: v1
mig-configs:
  a:
    - &base
      devices: all
      mig-enabled: true
      mig-devices: {"1g.5gb": -1}
    - <<: *base
      devices: [0]
    - *base
`
    const { issues } = migErrorOf(() => parseConfig(merged))
    expect(issues).toHaveLength(3)
    for (const issue of issues ?? []) expect(issue).toMatchObject({ line: 7, column: 31 })
  })
})

describe('YAML as mig-parted reads it', () => {
  const entry = '- {devices: all, mig-enabled: false}'

  test('JSON is read, with tabs and without a newline at the end', () => {
    const document = {
      version: 'v1',
      'mig-configs': { a: [{ devices: [0], 'mig-enabled': false }] },
    }
    expect(parseConfig(JSON.stringify(document)).document).toEqual(document)
    expect(parseConfig(JSON.stringify(document, null, '\t')).document).toEqual(document)
  })

  test('the words of YAML 1.1 for booleans are read as booleans', () => {
    for (const [word, value] of [
      ['yes', true],
      ['On', true],
      ['TRUE', true],
      ['no', false],
      ['off', false],
    ] as const) {
      const text = `version: v1\nmig-configs:\n  a:\n    - {devices: all, mig-enabled: ${word}, mig-devices: {}}`
      expect(entriesOf(text)).toMatchObject([{ 'mig-enabled': value }])
    }
  })

  test('two equal keys with different values are refused, because one would be lost', () => {
    const other = '- {devices: [0], mig-enabled: false}'
    const two = `version: v1\nmig-configs:\n  a:\n    ${entry}\n  a:\n    ${other}`
    expect(migErrorOf(() => parseConfig(two)).issues).toMatchObject([{ line: 5, column: 3 }])
    const twice =
      'version: v1\nmig-configs:\n  a:\n    - {devices: [1], devices: [2], mig-enabled: false}'
    expect(migErrorOf(() => parseConfig(twice)).issues).toMatchObject([{ line: 4, column: 22 }])
  })

  test('anchors, aliases and merge keys are resolved', () => {
    const text = `version: v1
mig-configs:
  base: &base
    - &first {devices: all, mig-enabled: true, mig-devices: &sizes {1g.5gb: 7}}
  same: *base
  a:
    - <<: *first
      devices: [0]
    - {devices: [1], mig-enabled: true, mig-devices: *sizes}
`
    expect(entriesOf(text)).toEqual([
      { devices: [0], 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } },
      { devices: [1], 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } },
    ])
    expect(entriesOf(text, 'same')).toEqual(entriesOf(text, 'base'))
  })

  test('names that look like numbers, dates or times are read as text', () => {
    expect(entriesOf(`version: v1\nmig-configs:\n  7:\n    ${entry}`, '7')).toHaveLength(1)
    expect(
      entriesOf(`version: v1\nmig-configs:\n  2026-01-01:\n    ${entry}`, '2026-01-01'),
    ).toHaveLength(1)
    expect(entriesOf(`version: v1\nmig-configs:\n  1:30:\n    ${entry}`, '1:30')).toHaveLength(1)
  })
})

describe('unreadable texts', () => {
  test.each([
    ['a text that is no YAML', 'version: v1\nmig-configs: [', 2],
    ['an open quote', 'version: "v1', 1],
    ['tabs for indentation', 'version: v1\nmig-configs:\n\ta: 1', 3],
    ['an alias of nothing', 'version: v1\nmig-configs: *nothing', 2],
    ['two documents', 'version: v1\n---\nversion: v1\n', 2],
    // The commented sample of gpu-operator's Helm chart, once its comment signs are gone.
    [
      'entries that are indented wrong',
      'version: v1\nmig-configs:\n  custom-mig:\n    - devices: [0]\n      mig-enabled: false\n    - devices: [1]\n       mig-enabled: true\n',
      7,
    ],
  ])('an unreadable text is refused with its line: %s', (_, text, line) => {
    const { code, issues } = migErrorOf(() => parseConfig(text))
    expect(code).toBe('MIG_CONFIG_INVALID')
    expect(issues).toHaveLength(1)
    expect(issues?.[0]?.line).toBe(line)
    expect(issues?.[0]?.column).toBeGreaterThan(0)
  })

  test('endless nesting and aliases that multiply without end are refused', () => {
    const bomb = [
      'a: &a0 [x]',
      ...Array.from({ length: 20 }, (_, n) => `b${n}: &a${n + 1} [${`*a${n}, `.repeat(10)}]`),
    ]
    for (const text of ['['.repeat(50_000), bomb.join('\n')]) {
      expect(migErrorOf(() => parseConfig(text)).code).toBe('MIG_CONFIG_INVALID')
    }
  })
})
