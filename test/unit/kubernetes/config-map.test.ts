import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { parseMigConfig } from '../../../lib/config.js'
import { applyMigConfig, generateMigConfig } from '../../../lib/index.js'
import { migManagerConfigMap, readMigManagerConfigMap } from '../../../lib/kubernetes.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { MigConfigDocument } from '../../../types/config/config.js'
import type { ConfigMapOptions } from '../../../types/kubernetes/config-map.js'
import { migErrorOf } from '../../support/errors.js'

const on = (sizes: Readonly<Record<string, number>>) =>
  [{ devices: 'all', 'mig-enabled': true, 'mig-devices': sizes }] as const
const document: MigConfigDocument = {
  version: 'v1',
  'mig-configs': { small: on({ '1g.5gb': 7 }), 'all-1g.5gb.me': on({ '1g.5gb+me': 1 }) },
}

test('a document becomes the ConfigMap that the GPU Operator mounts', () => {
  const configMap = migManagerConfigMap(document)
  expect({ ...configMap, data: Object.keys(configMap.data) }).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'default-mig-parted-config' },
    data: ['config.yaml'],
  })
  // Another parser of YAML, by the rules of 1.2.
  expect(parse(configMap.data['config.yaml'])).toEqual(document)
})

test('the ConfigMap has the name, the namespace, the labels and the annotations that are wanted', () => {
  const options: ConfigMapOptions = {
    name: 'mine',
    namespace: 'gpu-operator',
    labels: { team: 'a' },
    annotations: { note: 'b' },
  }
  expect(migManagerConfigMap(document, options).metadata).toEqual(options)
})

test('the ConfigMap of a node has the name that mig-manager gives it, and says so when it is read', () => {
  const configMap = migManagerConfigMap(document, { node: 'gpu-1.example.com', namespace: 'x' })
  expect(configMap.metadata.name).toBe('gpu-1.example.com-mig-config')
  expect(readMigManagerConfigMap(configMap)).toEqual({
    document,
    configs: ['small', 'all-1g.5gb.me'],
    unselectable: [],
    name: 'gpu-1.example.com-mig-config',
    namespace: 'x',
    node: 'gpu-1.example.com',
  })
})

test('a ConfigMap is read from its text, as YAML and as JSON', () => {
  const configMap = migManagerConfigMap(document)
  for (const text of [stringify(configMap), JSON.stringify(configMap)])
    expect(readMigManagerConfigMap(text)).toMatchObject({ document, node: null })
})

test('what is generated of a machine survives the way through a ConfigMap, and an apply takes it', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB, A30, H100 80GB HBM3')
  const { library } = machine
  const generated = await generateMigConfig({ library })
  const configMap = migManagerConfigMap(generated)
  const { document: read, configs, unselectable } = readMigManagerConfigMap(configMap)
  expect(read).toEqual(generated)
  expect(unselectable).toEqual([])
  expect(configs).toEqual(Object.keys(generated['mig-configs'] ?? {}))
  expect(configs).toEqual(
    expect.arrayContaining(['all-disabled', 'all-enabled', 'all-balanced', 'all-1g.5gb.me']),
  )
  expect(parseMigConfig(configMap)).toEqual(generated)
  const { outcome } = await applyMigConfig(configMap, { library, config: 'all-balanced' })
  expect(outcome).toBe('applied')
})

test('a configuration that no label can select is refused, and named when it is read', () => {
  const odd = {
    version: 'v1',
    'mig-configs': { 'my config': on({ '1g.5gb': 1 }), ok: on({}) },
  } as const
  const error = migErrorOf(() => migManagerConfigMap(odd))
  expect(error.code).toBe('MIG_CONFIG_INVALID')
  expect(error.message).toContain('"my config"')
  const text = JSON.stringify({ kind: 'ConfigMap', data: { 'config.yaml': JSON.stringify(odd) } })
  expect(readMigManagerConfigMap(text)).toMatchObject({
    configs: ['ok'],
    unselectable: ['my config'],
    name: null,
    namespace: null,
    node: null,
  })
})

test.each([
  ['an invalid document', { version: 'v1', 'mig-configs': { a: 'x' } }, /not valid/],
  [
    'a document of another version',
    { version: 'mig-nvml/v1', 'mig-configs': { a: [{ devices: 'all', 'mig-enabled': false }] } },
    /does not read version/,
  ],
  ['a document without configurations', { version: 'v1' }, /no configuration/],
  [
    'a document that is longer than a ConfigMap',
    {
      version: 'v1',
      'mig-configs': { a: Array.from({ length: 20_000 }, () => on({ '1g.5gb': 7 })[0]) },
    },
    /longer than 1048576 bytes/,
  ],
])('%s does not become a ConfigMap', (_name, value, message) => {
  const error = migErrorOf(() => migManagerConfigMap(value as never))
  expect(error.code).toBe('MIG_CONFIG_INVALID')
  expect(error.message).toMatch(message)
})

test.each([
  ['text that is no ConfigMap', JSON.stringify(document), /no ConfigMap/],
  [
    'a ConfigMap without the key',
    JSON.stringify({ kind: 'ConfigMap', data: { x: '' } }),
    /config\.yaml/,
  ],
])('%s is not read as one', (_name, text, message) => {
  const error = migErrorOf(() => readMigManagerConfigMap(text))
  expect(error.code).toBe('MIG_CONFIG_INVALID')
  expect(error.message).toMatch(message)
})

test.each([
  [{ name: 'Not_A_Name' }],
  [{ node: '' }],
  [{ label: {} }],
  [{ labels: { a: 1 } }],
] as unknown as readonly [ConfigMapOptions][])(
  'migManagerConfigMap refuses the options %j',
  (options) => {
    expect(() => migManagerConfigMap(document, options)).toThrow(TypeError)
  },
)
