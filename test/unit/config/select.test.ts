import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { migErrorOf } from '../../support/errors.js'

const demo = parseConfig(
  readFileSync(new URL('../../../examples/kubecon-demo.yaml', import.meta.url), 'utf8'),
)
const one = parseConfig({
  version: 'v1',
  'mig-configs': { only: [{ devices: 'all', 'mig-enabled': false }] },
})

test('selectConfig returns the named configuration', () => {
  expect(selectConfig(demo, 'all-2g.10gb')).toMatchObject({
    name: 'all-2g.10gb',
    entries: [
      {
        devices: 'all',
        migEnabled: true,
        wants: { requests: [{ size: { name: '2g.10gb' }, count: 3 }] },
      },
    ],
  })
})

test('selectConfig returns the only configuration if no name is given', () => {
  expect(selectConfig(one).name).toBe('only')
})

test('selectConfig requires a name if there are several configurations, and says how to give one', () => {
  const { code, message, hint } = migErrorOf(() => selectConfig(demo))
  expect(code).toBe('MIG_CONFIG_NOT_FOUND')
  expect(message).toContain(
    '"all-disabled", "all-1g.5gb", "all-2g.10gb", "all-3g.20gb", "all-balanced"',
  )
  expect(hint).toContain('-c')
})

test('the error for an unknown configuration lists the names and suggests the nearest', () => {
  const { code, message, hint } = migErrorOf(() => selectConfig(demo, 'all-balance'))
  expect(code).toBe('MIG_CONFIG_NOT_FOUND')
  expect(message).toContain('"all-3g.20gb"')
  expect(hint).toContain('"all-balanced"')
  expect(migErrorOf(() => selectConfig(demo, 'zzz')).hint).toBeUndefined()
})

test.each(['', 'version: v1'])('selectConfig finds nothing in an empty document: %j', (text) => {
  for (const name of [undefined, 'x']) {
    expect(migErrorOf(() => selectConfig(parseConfig(text), name)).code).toBe(
      'MIG_CONFIG_NOT_FOUND',
    )
  }
})

test('selectConfig ignores names that every object has', () => {
  expect(migErrorOf(() => selectConfig(one, 'toString')).code).toBe('MIG_CONFIG_NOT_FOUND')
})
