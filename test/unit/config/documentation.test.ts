import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { resolveConfig } from '../../../lib/config/resolve/resolve.js'
import * as schemas from '../../../lib/config/schema/schema.js'
import { makeConfigSchema } from '../../../scripts/config-schema.mjs'
import { stateOf } from '../../support/state.js'

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text)

test.each(blocks)(
  'example %# of docs/configuration.md fits a machine with an A100 and an A30',
  (text) => {
    const whole = text.startsWith('version') ? text : `version: v1\n${text}`
    const state = stateOf([
      { key: 'a100-40gb', count: 8 },
      ...(text.includes('0x20B710DE') ? [{ key: 'a30-24gb' }] : []),
    ])
    // A UUID of the page is that of some GPU.
    const uuid = state.gpus[5]?.uuid ?? ''
    const source = parseConfig(whole.replaceAll(/GPU-[\da-f-]{36}/g, uuid))
    for (const name of Object.keys(source.document['mig-configs'] ?? {})) {
      const { gpus, groups } = resolveConfig(selectConfig(source, name), state)
      expect(gpus.length + groups.length).toBeGreaterThan(0)
    }
  },
)

test('docs/configuration.md shows the errors as they are', () => {
  const invalid = `version: v1
mig-configs:
  a:
    - devices: 7
      mig-enabled: true
      mig-devices:
        1G.5GB: 7
`
  const [, shown] = /```\n(The MIG configuration is not valid:[\s\S]*?)\n```/.exec(page) ?? []
  expect(() => parseConfig(invalid)).toThrow(expect.objectContaining({ message: shown }))
})

/** The names of all fields below a JSON Schema. */
function fieldsOf(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]) => [
    ...(key === 'properties' ? Object.keys(value as object) : []),
    ...fieldsOf(value),
  ])
}

const fields = [...new Set(fieldsOf(makeConfigSchema(schemas)))]

// No GPU of the examples has an encoder in an instance.
test.each(fields.filter((field) => field !== 'encoder'))(
  'docs/configuration.md explains the field %s and shows it in an example',
  (field) => {
    expect(page).toMatch(new RegExp(`\`${field}\``))
    expect(blocks.join('\n')).toMatch(new RegExp(`[\\s{]${field}:`))
  },
)

test('docs/configuration.md explains only fields of the schema', () => {
  const explained = [...page.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, name = '']) => name)
  expect(explained.length).toBeGreaterThan(8)
  expect(explained.filter((name) => !fields.includes(name) && !/^\d/.test(name))).toEqual([])
})
