// nodeLabels beside gpu-feature-discovery itself, label for label, on random layouts of every model.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { applyMigConfig, readMigState } from '../../lib/index.js'
import { nodeLabels } from '../../lib/kubernetes.js'
import { openNvml } from '../../lib/nvml.js'
import type { MigConfigEntry } from '../../types/config/config.js'
import { type CatalogGpu, isComplete, readSimulatedCatalog, simulatedSpec } from './catalog.js'
import { createHost, type Host } from './host.js'
import { isMissing, peerPath } from './peer.js'
import { type Random, randomPartition, seededRandom } from './random-partition.js'

const strategies = ['none', 'single', 'mixed'] as const
/** On the models of the catalog, more than 300 layouts. */
const perModel = 12

describe.skipIf(isMissing('gpu-feature-discovery') || !inject('mounts'))(
  'nodeLabels and gpu-feature-discovery',
  () => {
    const models = readSimulatedCatalog().filter(isComplete)

    test.each(models.map((gpu) => [gpu.key, gpu] as const))(
      'agree on each label of random layouts of %s',
      async (key, gpu) => {
        const random = seededRandom(
          [...key].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7),
        )
        for (let layout = 0; layout < perModel; layout++) {
          using host = await createHost(`${1 + Math.floor(random() * 3)}x ${simulatedSpec(gpu)}`)
          await partition(host, gpu, random)
          await compare(host, strategies[layout % strategies.length] ?? 'none')
        }
      },
      300_000,
    )
  },
)

async function compare(host: Host, strategy: (typeof strategies)[number]): Promise<void> {
  const theirs = await discover(host, strategy)
  const { library } = host.machine
  const state = await readMigState({ library })
  const { labels, dropped } = nodeLabels(state, {
    strategy,
    machine: 'Simulated 8\n',
    cudaVersion: await cudaVersionOf(host),
    // From the files of the kernel, which are not what is compared.
    mode: theirs['nvidia.com/gpu.mode'] as 'compute',
    vgpu: false,
  })
  expect({ ...labels, ...dropped }).toEqual(theirs)
  for (const value of Object.values(labels)) expect(value.length).toBeLessThanOrEqual(63)
  for (const value of Object.values(dropped)) expect(value.length).toBeGreaterThan(63)
}

async function cudaVersionOf(host: Host): Promise<string> {
  await using nvml = await openNvml({ library: host.machine.library })
  const version = await nvml.systemGetCudaDriverVersion()
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`
}

async function discover(
  host: Host,
  strategy: (typeof strategies)[number],
): Promise<Readonly<Record<string, string>>> {
  const file = join(host.folder, `labels-${strategy}`)
  const done = await host.run(peerPath('gpu-feature-discovery'), [
    ...['--oneshot', '--no-timestamp', '--use-node-feature-api=false', '--fail-on-init-error'],
    ...['--mig-strategy', strategy, '--output-file', file],
  ])
  expect(done.status, done.stderr).toBe(0)
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)))
}

/** Each GPU has a layout of its own, MIG off, MIG on without a device, or all have the same size. */
async function partition(host: Host, gpu: CatalogGpu, random: Random): Promise<void> {
  const { gpus } = host.machine.describe()
  const isUniform = random() < 0.4
  const names = gpu.gpuInstanceProfiles.map(({ name }) => name)
  const same = { [names[Math.floor(random() * names.length)] ?? '']: 1 }
  const entries = gpus.map(({ index }): MigConfigEntry => {
    const draw = random()
    if (!isUniform && draw < 0.15) return { devices: [index], 'mig-enabled': false }
    const empty = !isUniform && draw < 0.3
    const devices = empty ? {} : isUniform ? same : randomPartition(gpu, random)
    return { devices: [index], 'mig-enabled': true, 'mig-devices': devices }
  })
  const document = { version: 'v1', 'mig-configs': { wanted: entries } } as const
  await applyMigConfig(document, { library: host.machine.library })
}
