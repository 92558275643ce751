import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { assertMigConfig, exportMigConfig } from '../../lib/index.js'
import type { MigConfigDocument, MigConfigEntry } from '../../types/config/config.js'
import type { GpuState } from '../../types/model/state.js'
import { readMigState } from '../support/read-state.js'
import { countDevices } from '../support/wanted.js'
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

describe.skipIf(isMissing('nvidia-mig-parted') || !inject('mounts'))('mig-parted', () => {
  describe('on a machine of several models', () => {
    const mixed = 'A30, 2x A100-SXM4-40GB, H100 80GB HBM3, H200, B200'

    test('mig-parted generates one entry for each, applies and asserts them', async () => {
      using host = await createHost(mixed)
      const library = host.machine.library
      const file = join(host.folder, 'generated.yaml')
      await succeed(runParted(host, 'generate-config', '-f', file))
      await succeed(runParted(host, 'apply', '-f', file, '-c', 'all-balanced'))
      await succeed(runParted(host, 'assert', '-f', file, '-c', 'all-balanced'))
      const { gpus } = await readMigState({ library })
      expect(gpus.map(countDevices)).toEqual(
        ['a30-24gb', 'a100-40gb', 'a100-40gb', 'h100-80gb-sxm', 'h200-141gb-sxm', 'b200-180gb'].map(
          (key) => balancedModels.find(([model]) => model === key)?.[1],
        ),
      )
      const text = readFileSync(file, 'utf8')
      expect(await assertMigConfig(text, { config: 'all-balanced', library })).toMatchObject({
        matches: true,
      })
    })

    test('mig-parted exports and checkpoints them, and brings them back', async () => {
      using host = await createHost(mixed)
      const library = host.machine.library
      const [file, checkpoint] = ['generated.yaml', 'checkpoint.json'].map((name) =>
        join(host.folder, name),
      ) as [string, string]
      await succeed(runParted(host, 'generate-config', '-f', file))
      await succeed(runParted(host, 'apply', '-f', file, '-c', 'all-balanced'))
      const before = await readMigState({ library })
      const exported = await succeed(runParted(host, 'export', '-o', 'json', '-l', 'now'))
      const document: MigConfigDocument = JSON.parse(exported.stdout)
      expect(await assertMigConfig(document, { config: 'now', library })).toMatchObject({
        matches: true,
      })
      const ours = configFile(
        host,
        'ours',
        configsOf(await exportMigConfig({ library }), 'current'),
      )
      await succeed(runParted(host, 'assert', ...ours))

      await succeed(runParted(host, 'checkpoint', '-f', checkpoint))
      expect(checkpointedPlaces(checkpoint)).toEqual(placesOf(before))
      await succeed(runParted(host, 'apply', '-f', file, '-c', 'all-disabled'))
      await succeed(runParted(host, 'restore', '-f', checkpoint))
      expect(await readMigState({ library })).toEqual(before)
    })

    test('mig-parted leaves out the GPUs that have no MIG', async () => {
      using host = await createHost('A100-SXM4-40GB, Tesla T4, A100-SXM4-40GB')
      const entries: readonly MigConfigEntry[] = [
        { devices: [0, 2], 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } },
        { devices: [1], 'mig-enabled': false },
      ]
      const config = configFile(host, 'station', entries)
      await succeed(runParted(host, 'apply', ...config))
      await succeed(runParted(host, 'assert', ...config))
      const { gpus } = await readMigState({ library: host.machine.library })
      expect(gpus.map(countDevices)).toEqual([{ '3g.20gb': 2 }, {}, { '3g.20gb': 2 }])

      const wrong = [{ devices: [1], 'mig-enabled': true, 'mig-devices': {} }]
      expect(await runParted(host, 'apply', ...configFile(host, 'wrong', wrong))).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('MIG mode on non MIG-capable GPU'),
      })
    })

    test('mig-parted finds models by their PCI ids, and each GPU by its index', async () => {
      using host = await createHost('A100-SXM4-40GB, H100 80GB HBM3, A100-SXM4-40GB')
      const entries: readonly MigConfigEntry[] = [
        {
          devices: [0],
          'device-filter': '0x20B010DE',
          'mig-enabled': true,
          'mig-devices': { '7g.40gb': 1 },
        },
        {
          devices: [2],
          'device-filter': ['0x20B010DE', '0x233010DE'],
          'mig-enabled': true,
          'mig-devices': { '2g.10gb': 3 },
        },
        { devices: 'all', 'device-filter': '0x233010DE', 'mig-enabled': false },
      ]
      const config = configFile(host, 'filtered', entries)
      await succeed(runParted(host, 'apply', ...config))
      await succeed(runParted(host, 'assert', ...config))
      const library = host.machine.library
      const document: MigConfigDocument = { version: 'v1', 'mig-configs': { filtered: entries } }
      expect(await assertMigConfig(document, { library })).toMatchObject({ matches: true })
      const { gpus } = await readMigState({ library })
      expect(gpus.map(countDevices)).toEqual([{ '7g.40gb': 1 }, {}, { '2g.10gb': 3 }])
    })
  })

  // Two GPU instances each, as mig-parted packs one after the other into the last GPU instance.
  test.each([
    [{ '1c.3g.20gb': 2, '2c.3g.20gb': 2 }, [2, 2]],
    [{ '1c.2g.10gb': 6 }, [2, 2, 2]],
    [{ '3g.20gb': 1, '1c.3g.20gb': 3 }, [1, 3]],
    [{ '1g.5gb+me': 1, '1g.5gb': 6 }, [1, 1, 1, 1, 1, 1, 1]],
  ])('packs %j', async (devices, packed) => {
    using host = await createHost('A100-SXM4-40GB +mig')
    const config = configFile(host, 'packed', [
      { devices: 'all', 'mig-enabled': true, 'mig-devices': devices },
    ])
    await succeed(runParted(host, 'apply', ...config))
    await succeed(runParted(host, 'assert', ...config))
    const [gpu] = (await readMigState({ library: host.machine.library })).gpus
    const sizes = gpu?.gpuInstances.map(({ computeInstances }) => computeInstances.length)
    expect(sizes?.sort()).toEqual(packed)
    expect(countDevices(gpu as GpuState)).toEqual(devices)
  })

  describe('where a mode change needs a reset', () => {
    const wanted = [
      { devices: 'all', 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } },
    ] as const

    test('mig-parted resets the GPUs with nvidia-smi', async () => {
      using host = await createHost('2x A100-SXM4-40GB', { resetPolicy: 'manual' })
      const config = configFile(host, 'wanted', wanted)
      await succeed(runParted(host, 'apply', '--mode-only', '--skip-reset', ...config))
      const pending = (await readMigState({ library: host.machine.library })).gpus
      expect(pending.map(({ mig }) => mig)).toEqual([
        { enabled: false, pending: true },
        { enabled: false, pending: true },
      ])
      await succeed(runParted(host, 'apply', ...config))
      await succeed(runParted(host, 'assert', ...config))
      const { gpus } = await readMigState({ library: host.machine.library })
      expect(gpus.map(countDevices)).toEqual([{ '3g.20gb': 2 }, { '3g.20gb': 2 }])
    })

    test('mig-parted fails while a process uses a GPU', async () => {
      using host = await createHost('2x A100-SXM4-40GB')
      host.machine.addProcess({ pid: 4711, gpu: 1, name: 'train' })
      const applied = await runParted(host, 'apply', ...configFile(host, 'wanted', wanted))
      expect(applied.status).toBe(1)
      host.machine.removeProcess(4711)
      await succeed(runParted(host, 'apply', ...configFile(host, 'wanted', wanted)))
    })
  })

  test('mig-parted cannot destroy what a process uses', async () => {
    using host = await createHost('A100-SXM4-40GB +mig')
    const sizes = (devices: Readonly<Record<string, number>>, label: string) =>
      configFile(host, label, [{ devices: 'all', 'mig-enabled': true, 'mig-devices': devices }])
    await succeed(runParted(host, 'apply', ...sizes({ '1g.5gb': 7 }, 'small')))
    const [first] = host.machine.describe().gpus[0]?.gpuInstances ?? []
    host.machine.addProcess({
      pid: 4711,
      gpu: 0,
      name: 'train',
      gpuInstanceId: first?.id ?? -1,
      computeInstanceId: 0,
    })
    expect(await runParted(host, 'apply', ...sizes({ '3g.20gb': 2 }, 'large'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('ERROR_IN_USE'),
    })
    expect(host.machine.describe().gpus[0]?.gpuInstances).toContainEqual(first)
  })

  test('mig-parted may not change anything without the right to', async () => {
    using host = await createHost('A100-SXM4-40GB +mig')
    host.machine.setPrivileges('monitor')
    const wanted = [
      { devices: 'all', 'mig-enabled': true, 'mig-devices': { '7g.40gb': 1 } },
    ] as const
    expect(await runParted(host, 'apply', ...configFile(host, 'wanted', wanted))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('ERROR_NO_PERMISSION'),
    })
    await succeed(runParted(host, 'export'))
  })
})

function configsOf(document: MigConfigDocument, label: string): readonly MigConfigEntry[] {
  return document['mig-configs']?.[label] ?? []
}
