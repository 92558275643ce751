import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { applyMigConfig } from '../../lib/index.js'
import type { MigConfigEntry } from '../../types/config/config.js'
import { createHost, type Host } from './host.js'
import { isMissing, peerPath } from './peer.js'

type Labels = Readonly<Record<string, string>>

/** Numbers of one MIG resource, in the order of NVML's attributes. */
type Attributes = readonly [
  memoryMiB: number,
  multiprocessors: number,
  slices: readonly [gpuInstance: number, computeInstance: number],
  engines: readonly [copy: number, decoder: number, encoder: number, jpeg: number, ofa: number],
]

describe.skipIf(isMissing('gpu-feature-discovery') || !inject('mounts'))(
  'gpu-feature-discovery',
  () => {
    describe('strategy none', () => {
      test('gpu-feature-discovery counts whole GPUs', async () => {
        using host = await createHost('8x A100-SXM4-40GB')
        expect(await label(host, 'none')).toEqual({
          ...machineLabels,
          ...ampere,
          'mig.capable': 'true',
          'gpu.product': 'NVIDIA-A100-SXM4-40GB',
          'gpu.count': '8',
          'gpu.replicas': '1',
          'gpu.sharing-strategy': 'none',
          'gpu.memory': '40960',
          'mps.capable': 'false',
        })
      })

      test('a GPU without MIG is not MIG-capable', async () => {
        using host = await createHost('2x Tesla T4')
        expect(await label(host, 'none')).toMatchObject({
          'mig.capable': 'false',
          'gpu.product': 'Tesla-T4',
          'gpu.family': 'turing',
          'gpu.compute.major': '7',
          'gpu.compute.minor': '5',
          'gpu.memory': '15360',
        })
      })
    })

    describe('strategy single', () => {
      test('gpu-feature-discovery names the one size that there is', async () => {
        using host = await createHost('2x A100-SXM4-40GB')
        await partition(host, [on('all', { '1g.5gb': 7 })])
        expect(await label(host, 'single')).toEqual({
          ...machineLabels,
          ...ampere,
          'mig.capable': 'true',
          'mig.strategy': 'single',
          'mps.capable': 'false',
          ...resource('gpu', 'NVIDIA-A100-SXM4-40GB-MIG-1g.5gb', 14, [
            4864,
            14,
            [1, 1],
            [1, 0, 0, 0, 0],
          ]),
        })
      })

      const invalid = {
        'gpu.product': 'NVIDIA-A100-SXM4-40GB-MIG-INVALID',
        'gpu.count': '0',
        'gpu.replicas': '0',
        'gpu.memory': '0',
        'gpu.sharing-strategy': '',
        'gpu.family': 'ampere',
      }
      test.each([
        ['a GPU has no MIG device', [on('all', {})]],
        ['sizes differ', [on('all', { '1g.5gb': 2, '2g.10gb': 1 })]],
        ['sizes differ between GPUs', [on([0], { '1g.5gb': 7 }), on([1], { '7g.40gb': 1 })]],
        ['only some GPUs have MIG on', [on([0], { '1g.5gb': 7 }), off([1])]],
      ])('is invalid when %s', async (_when, entries) => {
        using host = await createHost('2x A100-SXM4-40GB')
        await partition(host, entries)
        expect(await label(host, 'single')).toMatchObject(invalid)
      })
    })

    describe('strategy mixed', () => {
      test('gpu-feature-discovery has a resource for each size', async () => {
        using host = await createHost('2x H100 80GB HBM3')
        await partition(host, [on('all', { '1g.10gb': 2, '2g.20gb': 1, '3g.40gb': 1 })])
        const model = 'NVIDIA-H100-80GB-HBM3'
        expect(await label(host, 'mixed')).toEqual({
          ...machineLabels,
          'gpu.family': 'hopper',
          'gpu.compute.major': '9',
          'gpu.compute.minor': '0',
          'mig.capable': 'true',
          'mig.strategy': 'mixed',
          'mps.capable': 'false',
          'gpu.product': model,
          'gpu.count': '2',
          'gpu.replicas': '0',
          'gpu.sharing-strategy': 'none',
          'gpu.memory': '81559',
          ...resource('mig-1g.10gb', `${model}-MIG-1g.10gb`, 4, [
            9984,
            16,
            [1, 1],
            [1, 1, 0, 1, 0],
          ]),
          ...resource('mig-2g.20gb', `${model}-MIG-2g.20gb`, 2, [
            20096,
            32,
            [2, 2],
            [2, 2, 0, 2, 0],
          ]),
          // The published sample says 40320: its driver gave such an instance 128 MiB less.
          ...resource('mig-3g.40gb', `${model}-MIG-3g.40gb`, 2, [
            40448,
            60,
            [3, 3],
            [3, 3, 0, 3, 0],
          ]),
        })
      })

      test('gpu-feature-discovery names extensions and parts of GPU instances', async () => {
        using host = await createHost('A100-SXM4-40GB')
        await partition(host, [on('all', { '1g.5gb+me': 1, '1c.3g.20gb': 1, '2c.3g.20gb': 1 })])
        const model = 'NVIDIA-A100-SXM4-40GB'
        const labels = await label(host, 'mixed')
        expect(labels).toMatchObject({
          ...resource('mig-1g.5gb.me', `${model}-MIG-1g.5gb.me`, 1, [
            4864,
            14,
            [1, 1],
            [1, 1, 0, 1, 1],
          ]),
          ...resource('mig-1c.3g.20gb', `${model}-MIG-1c.3g.20gb`, 1, [
            19968,
            14,
            [3, 1],
            [3, 2, 0, 0, 0],
          ]),
          ...resource('mig-2c.3g.20gb', `${model}-MIG-2c.3g.20gb`, 1, [
            19968,
            28,
            [3, 2],
            [3, 2, 0, 0, 0],
          ]),
        })
      })

      test('gpu-feature-discovery counts GPUs without MIG beside them', async () => {
        using host = await createHost('4x A30')
        await partition(host, [on([0, 2], { '2g.12gb': 2 }), off([1, 3])])
        const labels = await label(host, 'mixed')
        expect(labels).toMatchObject({
          'gpu.product': 'NVIDIA-A30',
          'gpu.count': '4',
          'mig-2g.12gb.count': '4',
          'mig-2g.12gb.memory': '11968',
          'mig-2g.12gb.multiprocessors': '28',
        })
      })
    })
  },
)

const machineLabels: Labels = {
  'gpu.machine': 'Simulated-8',
  'gpu.mode': 'compute',
  'vgpu.present': 'false',
  'cuda.driver-version.full': '580.65.06',
  'cuda.driver-version.major': '580',
  'cuda.driver-version.minor': '65',
  'cuda.driver-version.revision': '06',
  'cuda.driver.major': '580',
  'cuda.driver.minor': '65',
  'cuda.driver.rev': '06',
  'cuda.runtime-version.full': '13.0',
  'cuda.runtime-version.major': '13',
  'cuda.runtime-version.minor': '0',
  'cuda.runtime.major': '13',
  'cuda.runtime.minor': '0',
}
const ampere: Labels = {
  'gpu.family': 'ampere',
  'gpu.compute.major': '8',
  'gpu.compute.minor': '0',
}

function resource(name: string, product: string, count: number, attributes: Attributes): Labels {
  const [memory, multiprocessors, slices, engines] = attributes
  const [copy, decoder, encoder, jpeg, ofa] = engines
  const values = {
    product,
    count,
    replicas: 1,
    'sharing-strategy': 'none',
    memory,
    multiprocessors,
    'slices.gi': slices[0],
    'slices.ci': slices[1],
    'engines.copy': copy,
    'engines.decoder': decoder,
    'engines.encoder': encoder,
    'engines.jpeg': jpeg,
    'engines.ofa': ofa,
  }
  return Object.fromEntries(
    Object.entries(values).map(([suffix, value]) => [`${name}.${suffix}`, String(value)]),
  )
}

function on(
  devices: MigConfigEntry['devices'],
  sizes: Readonly<Record<string, number>>,
): MigConfigEntry {
  return { devices, 'mig-enabled': true, 'mig-devices': sizes }
}

function off(devices: MigConfigEntry['devices']): MigConfigEntry {
  return { devices, 'mig-enabled': false }
}

async function partition(host: Host, entries: readonly MigConfigEntry[]): Promise<void> {
  const document = { version: 'v1', 'mig-configs': { wanted: entries } } as const
  await applyMigConfig(document, { library: host.machine.library })
}

/** The labels of a node, without the `nvidia.com/` that all have. */
async function label(host: Host, strategy: 'none' | 'single' | 'mixed'): Promise<Labels> {
  const file = join(host.folder, `labels-${strategy}`)
  const done = await host.run(peerPath('gpu-feature-discovery'), [
    ...['--oneshot', '--no-timestamp', '--use-node-feature-api=false', '--fail-on-init-error'],
    ...['--mig-strategy', strategy, '--output-file', file],
  ])
  expect(done.status, done.stderr).toBe(0)
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^nvidia\.com\/([^=]+)=(.*)$/.exec(line) ?? []
      return [name, value]
    }),
  )
}
