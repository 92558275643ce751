import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { assertMigConfig, generateMigConfig } from '../../lib/index.js'
import { migManagerConfigMap } from '../../lib/kubernetes.js'
import { createHost } from './host.js'
import { balancedModels, runParted, succeed } from './mig-parted.js'
import { isMissing } from './peer.js'

describe.skipIf(isMissing('nvidia-mig-parted') || !inject('mounts'))(
  "the config.yaml of mig-manager's ConfigMap",
  () => {
    test.each(balancedModels)(
      'is accepted by mig-parted on a %s, and all-balanced means the same to both',
      async (key) => {
        using host = await createHost(
          [
            { model: key, migEnabled: true },
            { model: key, migEnabled: true },
          ],
          {
            driver: 'R595',
          },
        )
        const { library } = host.machine
        const configMap = migManagerConfigMap(await generateMigConfig({ library }))
        const file = join(host.folder, 'config.yaml')
        writeFileSync(file, configMap.data['config.yaml'])
        const { 'mig-configs': configs = {} } = await generateMigConfig({ library })
        for (const name of Object.keys(configs))
          await succeed(runParted(host, 'assert', '--valid-config', '-f', file, '-c', name))
        await succeed(runParted(host, 'apply', '-f', file, '-c', 'all-balanced'))
        expect(await assertMigConfig(configMap, { library, config: 'all-balanced' })).toMatchObject(
          {
            matches: true,
          },
        )
        expect(await assertMigConfig(configMap, { library, config: 'all-disabled' })).toMatchObject(
          {
            matches: false,
          },
        )
      },
    )
  },
)
