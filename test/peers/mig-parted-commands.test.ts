import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import { assertMigConfig, exportMigConfig } from '../../lib/index.js'
import type { MigConfigDocument, MigConfigEntry } from '../../types/config/config.js'
import { readMigState } from '../support/read-state.js'
import { type CatalogGpu, readCatalog } from './catalog.js'
import { createHost } from './host.js'
import {
  balancedModels,
  checkpointedPlaces,
  configFile,
  placesOf,
  runParted,
  succeed,
} from './mig-parted.js'
import { isMissing } from './peer.js'

const catalog = readCatalog()
const gpuOf = (key: string): CatalogGpu => {
  const gpu = catalog.find((candidate) => candidate.key === key)
  if (gpu === undefined) throw new Error(`${key} is not in the catalog`)
  return gpu
}

describe.skipIf(isMissing('nvidia-mig-parted') || !inject('mounts'))('mig-parted', () => {
  describe.each(balancedModels)('on a %s', (key, balanced) => {
    const gpu = gpuOf(key)
    const labels: Readonly<Record<string, Readonly<Record<string, number>> | null>> = {
      'all-disabled': null,
      'all-enabled': {},
      'all-balanced': balanced,
      ...Object.fromEntries(
        gpu.gpuInstanceProfiles.map(({ name, instanceCount }) => [
          `all-${name.replaceAll('+', '.')}`,
          { [name]: instanceCount },
        ]),
      ),
    }
    const driver = 'R595'

    test('mig-parted generates a configuration for each profile', async () => {
      using host = await createHost([{ model: key }], { driver })
      const generated = await succeed(runParted(host, 'generate-config'))
      const { 'mig-configs': configs } = parse(generated.stdout) as Required<MigConfigDocument>
      const found = Object.entries(configs).map(([label, entries]) => [label, onlyEntry(entries)])
      expect(Object.fromEntries(found)).toEqual(
        Object.fromEntries(
          Object.entries(labels).map(([label, devices]) => [
            label,
            { devices: 'all', 'mig-enabled': devices !== null, 'mig-devices': devices ?? {} },
          ]),
        ),
      )
    })

    test('applies, asserts and exports each of them', async () => {
      using host = await createHost([{ model: key, migEnabled: true }], { driver })
      const file = join(host.folder, 'generated.yaml')
      await succeed(runParted(host, 'generate-config', '-f', file))
      const library = host.machine.library
      for (const [label, devices] of Object.entries(labels)) {
        await succeed(runParted(host, 'apply', '-f', file, '-c', label))
        await succeed(runParted(host, 'assert', '-f', file, '-c', label))
        const text = readFileSync(file, 'utf8')
        expect(await assertMigConfig(text, { config: label, library })).toMatchObject({
          matches: true,
        })
        const exported = await succeed(runParted(host, 'export', '-o', 'json', '-l', 'now'))
        const document = JSON.parse(exported.stdout)
        expect(onlyEntry(document['mig-configs'].now)).toMatchObject({
          devices: 'all',
          'mig-enabled': devices !== null,
          'mig-devices': devices ?? {},
        })
        expect(await exportMigConfig({ library, name: 'now' })).toEqual(document)
      }
    })

    test('mig-parted checkpoints a layout and brings it back', async () => {
      using host = await createHost([{ model: key, migEnabled: true }], { driver })
      const library = host.machine.library
      const all = [{ devices: 'all', 'mig-enabled': true, 'mig-devices': balanced }] as const
      const none = [{ devices: 'all', 'mig-enabled': false }] as const
      const checkpoint = join(host.folder, 'checkpoint.json')
      await succeed(runParted(host, 'apply', ...configFile(host, 'balanced', all)))
      const before = await readMigState({ library })
      await succeed(runParted(host, 'checkpoint', '-f', checkpoint))
      expect(checkpointedPlaces(checkpoint)).toEqual(placesOf(before))

      await succeed(runParted(host, 'apply', ...configFile(host, 'none', none)))
      expect((await readMigState({ library })).gpus[0]).toMatchObject({
        mig: { enabled: false },
        gpuInstances: [],
      })
      const restored = await succeed(runParted(host, 'restore', '-f', checkpoint))
      expect(restored.stdout).toContain('MIG configuration restored successfully')
      expect(await readMigState({ library })).toEqual(before)

      host.machine.resetCallCounts()
      await succeed(runParted(host, 'restore', '-f', checkpoint))
      expect(host.machine.callCounts().changing).toBe(0)
    })
  })
})

function onlyEntry(entries: readonly MigConfigEntry[] | undefined): MigConfigEntry | undefined {
  expect(entries).toHaveLength(1)
  return entries?.[0]
}
