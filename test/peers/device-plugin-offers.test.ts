// Our device plugin beside the modules of NVIDIA's: device-plugin/main.go.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startDevicePlugin } from '../../lib/agent/device-plugin/start-plugin.js'
import { applyMigConfig } from '../../lib/index.js'
import type { MigConfigEntry } from '../../types/config/config.js'
import type { MigStrategy } from '../../types/kubernetes/strategy.js'
import { startFakeKubelet } from '../support/fake-kubelet.js'
import { createRootedMachine } from '../support/rooted-machine.js'
import { isComplete, readSimulatedCatalog, simulatedSpec } from './catalog.js'
import { isMissing, peerPath } from './peer.js'
import { randomFullPartition, seededRandom } from './random-partition.js'
import { output } from './run.js'

/** On the models of the catalog, 150 layouts. */
const perStrategy = 2

type Lists = Readonly<Record<string, readonly string[]>>

/** What NVIDIA's plugin registers by another strategy, from its list for `mixed`. */
function byStrategy(mixed: Lists, strategy: MigStrategy, gpus: readonly string[]): Lists {
  if (strategy === 'mixed') return mixed
  if (strategy === 'none') return { 'nvidia.com/gpu': gpus }
  return { 'nvidia.com/gpu': Object.values(mixed).flat() }
}

const models = readSimulatedCatalog()
  .filter(isComplete)
  .map((gpu) => [gpu.key, gpu] as const)

describe.skipIf(isMissing('go-gpuallocator'))("the device plugin and NVIDIA's", () => {
  test.each(models)(
    'offer the same devices of %s, through layout after layout',
    async (key, gpu) => {
      const random = seededRandom(key.length * 104_729)
      using node = createRootedMachine(`3x ${simulatedSpec(gpu)}`, { store: true })
      const { machine, folder } = node
      const gpus = machine.describe().gpus.map(({ uuid }) => uuid)
      for (const strategy of ['mixed', 'single', 'none'] as const) {
        const plugins = join(folder, strategy)
        mkdirSync(plugins)
        const kubelet = await startFakeKubelet(plugins)
        await using _ = await startDevicePlugin({
          ...node.options,
          strategy,
          folder: plugins,
          cdi: { file: join(folder, 'cdi', 'spec.json') },
          intervalMs: 20,
        })
        for (let layout = 0; layout < perStrategy; layout++) {
          // One size on all GPUs, as `single` wants it.
          const [one = ''] = Object.keys(randomFullPartition(gpu, random))
          const entries = [0, 1, 2].map((index): MigConfigEntry => {
            const isOff = strategy !== 'single' && random() < 0.2
            const sizes = strategy === 'single' ? { [one]: 1 } : randomFullPartition(gpu, random)
            return {
              devices: [index],
              'mig-enabled': !isOff,
              ...(isOff ? {} : { 'mig-devices': sizes }),
            }
          })
          const document = { version: 'v1', 'mig-configs': { wanted: entries } } as const
          await applyMigConfig(document, { library: machine.library })
          const listed: readonly { readonly resource: string; readonly uuid: string }[] =
            JSON.parse(
              await output(peerPath('go-gpuallocator'), ['list'], {
                env: { ...process.env, ...machine.env },
              }),
            )
          const mixed: Record<string, string[]> = {}
          for (const { resource, uuid } of listed)
            mixed[`nvidia.com/${resource}`] = [...(mixed[`nvidia.com/${resource}`] ?? []), uuid]
          const theirs = byStrategy(mixed, strategy, gpus)
          const ours = (): Lists =>
            Object.fromEntries(
              [...new Set(kubelet.registered)]
                .map((name) => [name, Object.keys(kubelet.listsOf(name).at(-1) ?? {})] as const)
                .filter(([, uuids]) => uuids.length > 0)
                .map(([name, uuids]) => [name, uuids.toSorted()]),
            )
          const wanted = Object.fromEntries(
            Object.entries(theirs).map(([name, uuids]) => [name, [...uuids].toSorted()]),
          )
          await expect.poll(ours, { timeout: 120_000, interval: 20 }).toEqual(wanted)
        }
        kubelet.stop()
      }
    },
  )
})
