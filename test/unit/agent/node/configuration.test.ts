import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { digestOf, readConfigurations } from '../../../../lib/agent/node/configuration.js'
import type { NodeAgentOptions } from '../../../../lib/agent/node/context.js'
import { parseConfig } from '../../../../lib/config/document/parse.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { reasonOf, rejectionOf } from '../../../support/errors.js'

const document = (...configs: readonly string[]): string =>
  ['version: v1', 'mig-configs:', ...configs].join('\n')
const halves = '  halves: [{devices: all, mig-enabled: true, mig-devices: {3g.20gb: 2}}]'
const small = '  small: [{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}]'

test('a configuration is another one when its content is, however the text is written', () => {
  const before = digestOf(document(halves), 'halves')
  expect(before).toMatch(/^[0-9a-f]{16}$/)
  expect(digestOf(document(`# a comment\n${halves}`), 'halves')).toBe(before)
  expect(digestOf(document(small, halves), 'halves')).toBe(before)
  expect(digestOf(document(halves.replace('2', '1')), 'halves')).not.toBe(before)
  expect(digestOf(document(halves.replace('20gb: 2', '20gb: 1')), 'halves')).not.toBe(before)
})

test('a configuration that comes into the document is another one than none; two absent ones are the same', () => {
  const none = digestOf(document(small), 'halves')
  expect(digestOf(document(small, halves), 'halves')).not.toBe(none)
  expect(digestOf(document(small.replace('7', '6')), 'halves')).toBe(none)
  expect(digestOf('version: v1', 'halves')).not.toBe(digestOf(document(halves), 'halves'))
  expect(digestOf(document(halves), 'constructor')).toBe(none)
})

test('a text that is wrong in another way is another one', () => {
  const [one, two] = ['a: [', 'b: ['].map((text) => digestOf(text, 'halves'))
  expect(one).not.toBe(two)
  expect(one).not.toBe(digestOf(document(halves), 'halves'))
})

function optionsFor(spec: string): Pick<NodeAgentOptions, 'library' | 'signal'> & {
  readonly annotations: () => Readonly<Record<string, string>>
  readonly folder: string
} {
  const machine = createSimulatedMachine(spec)
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-configuration-'))
  onTestFinished(() => {
    machine.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const { library } = machine
  return { library, folder, annotations: () => ({}), signal: new AbortController().signal }
}
const read = (options: object, name: string | null = 'all-disabled'): Promise<string> =>
  readConfigurations(options as NodeAgentOptions, name)

test('without a file the document is made of what the GPUs can do', async () => {
  const options = optionsFor('A100-SXM4-40GB +mig')
  const { document: made } = parseConfig(await read(options))
  expect(Object.keys(made['mig-configs'] ?? {})).toEqual(
    expect.arrayContaining(['all-disabled', 'all-1g.5gb', 'all-balanced']),
  )
})

test('a default file stands in where the GPUs give no document, and only there', async () => {
  const plain = optionsFor('T4')
  expect((await rejectionOf(read(plain))).code).toBe('MIG_NOT_SUPPORTED')
  const defaultConfigFile = join(plain.folder, 'default.yaml')
  writeFileSync(defaultConfigFile, document(halves))
  expect(await read({ ...plain, defaultConfigFile })).toBe(document(halves))
  const able = optionsFor('A100-SXM4-40GB +mig')
  expect(await read({ ...able, defaultConfigFile })).not.toBe(document(halves))
  const library = { path: '/nowhere/libnvidia-ml.so.1' }
  const error = await rejectionOf(read({ ...plain, library, defaultConfigFile }))
  expect(error.code).toBe('MIG_DRIVER_NOT_FOUND')
})

test('a file that is not there is an error that names it', async () => {
  const options = optionsFor('T4')
  const configFile = join(options.folder, 'missing.yaml')
  const error = await reasonOf(read({ ...options, configFile }))
  expect(String(error)).toContain(configFile)
})
