import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import type { MigConfigDocument } from '../../../types/config/config.js'
import { migErrorOf } from '../../support/errors.js'

/** A document around the fields of one entry, as NVIDIA's own tests have them. */
const withEntry = (fields: string): string =>
  `version: v1\nmig-configs:\n  one:\n    - {${fields}}\n`

const good = 'devices: all, mig-enabled: true, mig-devices: {1g.5gb: 2}'

describe('a valid document', () => {
  test.each([
    ['an empty text', ''],
    ['a text of comments', '# nothing yet\n'],
    ['a version alone', 'version: v1'],
    ['one configuration', withEntry(good)],
    ['a filter', withEntry(`device-filter: "0x20B010DE", ${good}`)],
    ['two filters', withEntry(`device-filter: ["0x20B010DE", "0x233010DE:0x16C010DE"], ${good}`)],
    ['a filter that filters nothing: empty text', withEntry(`device-filter: "", ${good}`)],
    ['a filter that filters nothing: null', withEntry(`device-filter: null, ${good}`)],
    ['a filter that filters nothing: no items', withEntry(`device-filter: [], ${good}`)],
    ['a list of indexes', withEntry('devices: [0, 1, 2, 3], mig-enabled: false')],
    [
      'indexes twice, and ones that no GPU has',
      withEntry('devices: [0, 0, -1, 99], mig-enabled: false'),
    ],
    ['no indexes', withEntry('devices: [], mig-enabled: false')],
    ['an index written as a float', withEntry('devices: [0.0], mig-enabled: false')],
    ['MIG off without sizes', withEntry('devices: all, mig-enabled: false')],
    ['MIG off with no sizes', withEntry('devices: all, mig-enabled: false, mig-devices: {}')],
    ['MIG off with null', withEntry('devices: all, mig-enabled: false, mig-devices: null')],
    ['MIG on with no sizes', withEntry('devices: all, mig-enabled: true, mig-devices: {}')],
    [
      'a count of 0 beside another',
      withEntry('devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7, 2g.10gb: 0}'),
    ],
    [
      'a count written as a float',
      withEntry('devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7.0}'),
    ],
    [
      'a count beyond every GPU',
      withEntry('devices: all, mig-enabled: true, mig-devices: {1g.5gb: 99999}'),
    ],
    [
      'a size that no GPU has',
      withEntry('devices: all, mig-enabled: true, mig-devices: {0g.0gb: 100}'),
    ],
    ['an empty name', 'version: v1\nmig-configs:\n  "":\n    - {devices: all, mig-enabled: false}'],
  ])('a document is valid: %s', (_, text) => {
    expect(() => parseConfig(text)).not.toThrow()
  })
})

describe('an invalid document', () => {
  test.each([
    ['an object without a version', '{}', ['version']],
    ['another version', 'version: v2', ['version']],
    ['another version with configurations', withEntry(good).replace('v1', 'v2'), ['version']],
    ['a version that is a number', 'version: 1', ['version']],
    ['no version', withEntry(good).replace('version: v1\n', ''), ['version']],
    ['a key that the format lacks', `${withEntry(good)}extra: 1`, ['extra']],
    ['no configurations', 'version: v1\nmig-configs: {}', ['mig-configs']],
    ['null for the configurations', 'version: v1\nmig-configs:', ['mig-configs']],
    ['a list of configurations', 'version: v1\nmig-configs: []', ['mig-configs']],
    ['a configuration without entries', 'version: v1\nmig-configs: {a: []}', ['mig-configs', 'a']],
    ['a configuration that is null', 'version: v1\nmig-configs: {a: }', ['mig-configs', 'a']],
    ['a text', 'hello', []],
    ['a list', '[]', []],
  ])('a document is refused, with the place: %s', (_, text, path) => {
    const { code, issues } = migErrorOf(() => parseConfig(text))
    expect(code).toBe('MIG_CONFIG_INVALID')
    expect(issues?.map((issue) => issue.path)).toEqual([path])
  })

  test.each([
    ['an entry without devices', 'mig-enabled: false', 'devices'],
    ['an entry without a mode', 'devices: all, mig-devices: {1g.5gb: 2}', 'mig-enabled'],
    ['MIG on without sizes', 'devices: all, mig-enabled: true', 'mig-devices'],
    ['MIG on with null', 'devices: all, mig-enabled: true, mig-devices: null', 'mig-devices'],
    [
      'MIG off with sizes',
      'devices: all, mig-enabled: false, mig-devices: {1g.5gb: 1}',
      'mig-devices',
    ],
    [
      'nothing but counts of 0',
      'devices: all, mig-enabled: true, mig-devices: {1g.5gb: 0}',
      'mig-devices',
    ],
    ['sizes as a list', 'devices: all, mig-enabled: true, mig-devices: [1g.5gb]', 'mig-devices'],
    ['an unknown field', `bogus: 1, ${good}`, 'bogus'],
    ['devices that are another word', 'devices: bogus, mig-enabled: false', 'devices'],
    ['devices in capitals', 'devices: ALL, mig-enabled: false', 'devices'],
    ['devices as a number', 'devices: 0, mig-enabled: false', 'devices'],
    ['devices as digits', 'devices: "0,1", mig-enabled: false', 'devices'],
    ['devices as null', 'devices: null, mig-enabled: false', 'devices'],
    ['devices as a mapping', 'devices: {}, mig-enabled: false', 'devices'],
    ['an index that is text', 'devices: ["0"], mig-enabled: false', 'devices', 0],
    ['an index that is no whole number', 'devices: [0, 1.5], mig-enabled: false', 'devices', 1],
    ['a mode that is text', 'devices: all, mig-enabled: "true"', 'mig-enabled'],
    [
      'a size that is no name',
      'devices: all, mig-enabled: true, mig-devices: {bogus: 1}',
      'mig-devices',
      'bogus',
    ],
    [
      'a size in capitals',
      'devices: all, mig-enabled: true, mig-devices: {1G.5GB: 1}',
      'mig-devices',
      '1G.5GB',
    ],
    [
      'a negative count',
      'devices: all, mig-enabled: true, mig-devices: {1g.5gb: -1}',
      'mig-devices',
      '1g.5gb',
    ],
    [
      'a count that is text',
      'devices: all, mig-enabled: true, mig-devices: {1g.5gb: "1"}',
      'mig-devices',
      '1g.5gb',
    ],
    [
      'a count that is no whole number',
      'devices: all, mig-enabled: true, mig-devices: {1g.5gb: 1.5}',
      'mig-devices',
      '1g.5gb',
    ],
    ['a filter that is a number', `device-filter: 0x20B010DE, ${good}`, 'device-filter'],
    ['a filter that is a boolean', `device-filter: true, ${good}`, 'device-filter'],
    ['a filter that is a model', `device-filter: A100-SXM4-40GB, ${good}`, 'device-filter'],
    [
      'a filter with one bad item',
      `device-filter: ["0x20B010DE", "20B010DE"], ${good}`,
      'device-filter',
      1,
    ],
    // Names that JavaScript's objects have a meaning for.
    [
      'a reserved size',
      'devices: all, mig-enabled: true, mig-devices: {constructor: 1, 1g.5gb: 1}',
      'mig-devices',
      'constructor',
    ],
  ])('an entry is refused, with the place: %s', (_, fields, ...path) => {
    const { code, issues } = migErrorOf(() => parseConfig(withEntry(fields)))
    expect(code).toBe('MIG_CONFIG_INVALID')
    expect(issues?.map((issue) => issue.path)).toEqual([['mig-configs', 'one', 0, ...path]])
  })

  test('an entry that is not a mapping is refused', () => {
    const text = 'version: v1\nmig-configs:\n  one:\n    - null\n    - all\n'
    expect(migErrorOf(() => parseConfig(text)).issues).toHaveLength(2)
  })

  test.each(['__proto__', 'constructor', 'prototype'])(
    '%s is refused as the name of a configuration',
    (name) => {
      const text = JSON.stringify({ version: 'v1', 'mig-configs': { name: [] } }).replace(
        '"name"',
        `"${name}"`,
      )
      for (const input of [text, JSON.parse(text)]) {
        const { issues } = migErrorOf(() => parseConfig(input))
        expect(issues?.map(({ path }) => path)).toContainEqual(['mig-configs', name])
      }
    },
  )
})

describe('a document as an object', () => {
  const document: MigConfigDocument = {
    version: 'v1',
    'mig-configs': {
      mixed: [
        { devices: [0, 1, 2, 3], 'mig-enabled': false },
        {
          'device-filter': ['0x20B010DE'],
          devices: 'all',
          'mig-enabled': true,
          'mig-devices': { '1g.5gb': 2 },
        },
      ],
    },
  }

  test('an object is copied and frozen', () => {
    const source = structuredClone(document)
    const parsed = parseConfig(source)
    expect(parsed.document).toEqual(document)
    Object.assign(source, { version: 'v9' })
    expect(parsed.document.version).toBe('v1')
    expect(Object.isFrozen(parsed.document['mig-configs']?.['mixed']?.[1]?.['mig-devices'])).toBe(
      true,
    )
  })

  test('fields of an object that are undefined count as absent', () => {
    const entry = {
      devices: 'all',
      'mig-enabled': false,
      'mig-devices': undefined,
      'device-filter': undefined,
    }
    const input = { version: 'v1', 'mig-configs': { off: [entry] } }
    expect(parseConfig(input as unknown as MigConfigDocument).document).toEqual({
      version: 'v1',
      'mig-configs': { off: [{ devices: 'all', 'mig-enabled': false }] },
    })
  })

  test.each([null, undefined, 7, [], new Map()])(
    'an input that is no document is refused: %s',
    (input) => {
      const { code, issues } = migErrorOf(() => parseConfig(input as unknown as MigConfigDocument))
      expect(code).toBe('MIG_CONFIG_INVALID')
      expect(issues?.[0]).not.toHaveProperty('line')
    },
  )

  test('an object that contains itself is refused', () => {
    const circle: Record<string, unknown> = { version: 'v1' }
    circle['mig-configs'] = circle
    expect(migErrorOf(() => parseConfig(circle as unknown as MigConfigDocument)).code).toBe(
      'MIG_CONFIG_INVALID',
    )
  })
})

test('the error for a filter with a model name lists the PCI ids of all boards of that name', () => {
  const error = migErrorOf(() => parseConfig(withEntry(`device-filter: NVIDIA H100, ${good}`)))
  expect(error.message).toMatch(/names a model.*"0x233910DE", "0x233710DE"/)
})
