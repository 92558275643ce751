import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import * as schemas from '../../../lib/config/schema/schema.js'
import { makeConfigSchema } from '../../../scripts/config-schema.mjs'
import { badEntries, documentWith, goodEntries } from '../../support/config-documents.js'

const isValid = new Ajv({ allErrors: true, strictTypes: false }).compile(makeConfigSchema(schemas))
// Read without the package's own reader.
const read = (text: string): unknown =>
  parse(text, {
    version: '1.1',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.format !== 'TIME'),
  })

describe('what the JSON Schema accepts', () => {
  test.each(Object.entries(goodEntries))('the JSON Schema accepts %s', (_, entry) => {
    expect(isValid(read(documentWith(entry))), JSON.stringify(isValid.errors)).toBe(true)
  })

  const folder = new URL('../../../examples/', import.meta.url)
  const examples = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const)
    // The other documents are hooks.
    .filter(([, text]) => !/^hooks:/m.test(text))
  test.each(examples)('the JSON Schema accepts examples/%s', (_, text) => {
    expect(isValid(read(text))).toBe(true)
  })

  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text)
  test.each(blocks)('the JSON Schema accepts example %# of docs/configuration.md', (text) => {
    const whole = text.startsWith('version') ? text : `version: v1\n${text}`
    expect(isValid(read(whole)), JSON.stringify(isValid.errors)).toBe(true)
  })

  test.each([
    'devices: all, mig-enabled: true, mig-devices: {}',
    'devices: [0, 0, 99], mig-enabled: false, mig-devices: null',
    'devices: all, mig-enabled: false, device-filter: ["0x20B010DE", "0X2330_10de:0x16C010DE", ""]',
    'devices: all, mig-enabled: true, mig-devices: {1c.3g.20gb+me.all: 1, 1g.24gb-me: 0}',
  ])('the JSON Schema accepts the version 1 entry {%s}', (entry) => {
    expect(isValid(read(documentWith(entry, 'v1'))), JSON.stringify(isValid.errors)).toBe(true)
  })
})

describe('what the JSON Schema rejects', () => {
  test.each(Object.entries(badEntries))('the JSON Schema rejects %s', (_, [entry]) => {
    expect(isValid(read(documentWith(entry)))).toBe(false)
  })

  test.each([
    'devices: ALL, mig-enabled: false',
    'devices: 0, mig-enabled: false',
    'devices: [1.5], mig-enabled: false',
    'devices: all',
    'mig-enabled: false',
    'devices: all, mig-enabled: "true", mig-devices: {}',
    'devices: all, mig-enabled: true',
    'devices: all, mig-enabled: true, mig-devices: null',
    'devices: all, mig-enabled: true, mig-devices: {1g.5gb: 0}',
    'devices: all, mig-enabled: true, mig-devices: {1g.5gb: -1}',
    'devices: all, mig-enabled: true, mig-devices: {1G.5GB: 1}',
    'devices: all, mig-enabled: true, mig-devices: {1g.5gb+: 1}',
    'devices: all, mig-enabled: false, mig-devices: {1g.5gb: 1}',
    'devices: all, mig-enabled: false, device-filter: A100-SXM4-40GB',
    'devices: all, mig-enabled: false, device-filter: "20B010DE"',
    'devices: all, mig-enabled: false, count: 2',
  ])('the JSON Schema rejects the version 1 entry {%s}', (entry) => {
    expect(isValid(read(documentWith(entry, 'v1')))).toBe(false)
  })

  test.each([
    {},
    { version: 1 },
    { version: 'v2' },
    { version: 'v1', 'mig-configs': {} },
    { version: 'v1', 'mig-configs': { x: [] } },
    { version: 'v1', configs: {} },
  ])('the JSON Schema rejects the document %o', (document) => {
    expect(isValid(document)).toBe(false)
  })
})
