import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { badEntries, documentWith, goodEntries } from '../../support/config-documents.js'
import { migErrorOf } from '../../support/errors.js'

describe('valid entries of version mig-nvml/v1', () => {
  test.each(Object.entries(goodEntries))('version mig-nvml/v1 accepts %s', (_, entry) => {
    const { document, warnings } = parseConfig(documentWith(entry))
    expect(document.version).toBe('mig-nvml/v1')
    expect(warnings).toEqual([])
    // The same document as an object.
    expect(parseConfig(document).document).toEqual(document)
  })
})

describe('invalid entries of version mig-nvml/v1', () => {
  test.each(Object.entries(badEntries))('version mig-nvml/v1 refuses %s', (_, [entry, at]) => {
    const { code, issues } = migErrorOf(() => parseConfig(documentWith(entry)))
    expect(code).toBe('MIG_CONFIG_INVALID')
    expect(issues?.[0]?.path.slice(0, 3)).toEqual(['mig-configs', 'x', 0])
    expect(issues?.[0]?.path.at(-1)).toBe(at)
    expect(issues?.[0]).toMatchObject({ line: 4, column: expect.any(Number) })
  })
})

test('version 1 refuses the extensions of mig-nvml/v1', () => {
  for (const name of ['a number of GPUs', 'one index', 'a profile by id', 'at least']) {
    const text = documentWith(goodEntries[name] ?? '', 'v1')
    expect(migErrorOf(() => parseConfig(text)).code).toBe('MIG_CONFIG_INVALID')
  }
})

test('the error for an unknown version names the versions', () => {
  const { message } = migErrorOf(() => parseConfig(documentWith('devices: all', 'v2')))
  expect(message).toContain('must be the text "v1" or "mig-nvml/v1", not "v2"')
})

test.each(['{uuid: GPU-1}', '[{index: 0}]', '[no]', 'GPU-xyz'])(
  'the error for devices: %s says how to name a GPU',
  (devices) => {
    const document = documentWith(`devices: ${devices}, mig-enabled: false`)
    expect(migErrorOf(() => parseConfig(document)).message).toMatch(
      /an index, a UUID such as "GPU-…", or a PCI address/,
    )
  },
)
