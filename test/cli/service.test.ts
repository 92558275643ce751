import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createHost } from './boot-host.js'

describe('mig-nvml service', () => {
  test('the status says which variable chooses, and install and uninstall what has become of the links', async () => {
    const host = createHost('A100-SXM4-40GB')
    const root = join(host.folder, 'image')
    mkdirSync(root)
    const installed = await host.run('service', 'install', '--root', root)
    const link = '/etc/systemd/system/multi-user.target.wants/mig-nvml.service'
    expect(installed.out).toContain(`${link}: made`)
    writeFileSync(join(root, 'etc/mig-nvml/boot.env'), 'MIG_PARTED_SELECTED_CONFIG=halves\n')
    expect((await host.run('service', 'status', '--root', root)).out).toContain(
      'chosen by MIG_PARTED_SELECTED_CONFIG in /etc/mig-nvml/boot.env\n',
    )
    const removed = await host.run('service', 'uninstall', '--root', root)
    expect(removed.out).toContain(`${link}: removed`)
  })

  test('install, status, show and uninstall say what they do', async () => {
    const host = createHost('A100-SXM4-40GB')
    const root = join(host.folder, 'image')
    mkdirSync(root)
    const service = (action: string, ...more: readonly string[]) =>
      host.run('service', action, '--root', root, ...more)
    expect((await service('status')).status).toBe(1)
    const installed = await service('install', '--before', 'kubelet.service,docker.service')
    expect(installed.status).toBe(0)
    expect(installed.out).toContain('/etc/systemd/system/mig-nvml.service: written\n')
    const status = await service('status', '--before', 'kubelet.service,docker.service')
    expect(status.status).toBe(0)
    expect(status.out).toContain('/etc/systemd/system/mig-nvml.service: current\n')
    expect(status.out).toContain('enabled: it runs at boot\n')
    const shown = await service('show', '--before', 'kubelet.service', '--before', 'docker.service')
    const file = readFileSync(join(root, 'etc/systemd/system/mig-nvml.service'), 'utf8')
    expect(shown.out).toContain(`# /etc/systemd/system/mig-nvml.service\n${file}`)
    writeFileSync(join(root, 'etc/systemd/system/mig-nvml.service'), `${file}#\n`)
    const refused = await service('install')
    expect(refused.status).toBe(1)
    expect(refused.err).toContain('mig-nvml.service was changed by hand')
    expect((await service('uninstall')).out).toContain('mig-nvml.service: kept')
    const removed = await service('uninstall', '--force', '--json')
    expect(JSON.parse(removed.out)).toMatchObject({ files: [{}, {}, { outcome: 'removed' }] })
    expect(existsSync(join(root, 'etc/systemd/system/mig-nvml.service'))).toBe(false)
  })
})
