// resourceNames beside the modules of NVIDIA's device plugin, on random layouts of every model: device-plugin/main.go.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { applyMigConfig, readMigState } from '../../lib/index.js'
import { resourceNames } from '../../lib/kubernetes.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { MigConfigEntry } from '../../types/config/config.js'
import { isComplete, readSimulatedCatalog, simulatedSpec } from './catalog.js'
import { isMissing, peerPath } from './peer.js'
import { randomFullPartition, seededRandom } from './random-partition.js'
import { output } from './run.js'

/** On the models of the catalog, 100 layouts. */
const perModel = 4

describe.skipIf(isMissing('go-gpuallocator'))("resourceNames and NVIDIA's device plugin", () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-resources-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(
    readSimulatedCatalog()
      .filter(isComplete)
      .map((gpu) => [gpu.key, gpu] as const),
  )(
    'agree on the devices of each resource, in order, on random layouts of %s',
    async (key, gpu) => {
      const random = seededRandom(key.length * 7919)
      for (let layout = 0; layout < perModel; layout++) {
        using machine = createSimulatedMachine(`3x ${simulatedSpec(gpu)}`, {
          store: join(folder, `${key}-${layout}`),
        })
        const entries = [0, 1, 2].map((index): MigConfigEntry => {
          if (random() < 0.2) return { devices: [index], 'mig-enabled': false }
          const devices = randomFullPartition(gpu, random)
          return { devices: [index], 'mig-enabled': true, 'mig-devices': devices }
        })
        const { library } = machine
        await applyMigConfig({ version: 'v1', 'mig-configs': { wanted: entries } }, { library })
        const env = { ...process.env, ...machine.env }
        const listed: readonly { readonly resource: string; readonly uuid: string }[] = JSON.parse(
          await output(peerPath('go-gpuallocator'), ['list'], { env }),
        )
        const theirs: Record<string, string[]> = {}
        for (const { resource, uuid } of listed)
          theirs[`nvidia.com/${resource}`] = [...(theirs[`nvidia.com/${resource}`] ?? []), uuid]
        expect(resourceNames(await readMigState({ library }), { strategy: 'mixed' })).toEqual(
          theirs,
        )
      }
    },
    120_000,
  )
})
