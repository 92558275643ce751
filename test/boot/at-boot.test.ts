// The service under a real systemd, over boots of a simulated machine.
import { describe, expect, inject, test, vi } from 'vitest'
import {
  active,
  balanced,
  balancedDevices,
  degraded,
  devicesOf,
  failed,
  placesOf,
  up,
  worksInDevice,
  writeDependents,
} from './at-boot.js'
import { createBox, patience } from './box.js'
import { installService, service, showService } from './service.js'
import { writeClient } from './units.js'

describe.skipIf(inject('noContainer') !== null)('the service under systemd', () => {
  test('the first boot makes the chosen layout before clients start, and a boot after it the same', async () => {
    const box = createBox({ spec: '2x A100-SXM4-40GB' })
    const variables = { ...balanced, MIG_NVML_BOOT_CDI: '/run/cdi/nvidia.yaml' }
    await installService(box, variables, '--before', 'ordered.service')
    writeDependents(box)
    writeClient(box, 'ordered.service', { gpu: 1 })
    box.enable('ordered.service')
    for (const boot of ['first', 'second']) {
      expect([boot, await box.boot()]).toEqual([boot, up])
      expect(await showService(box)).toMatchObject(active)
      expect(devicesOf(box)).toEqual([balancedDevices, balancedDevices])
      expect(worksInDevice(box, 'after-target.service')).toBe(true)
      expect(worksInDevice(box, 'requiring.service')).toBe(true)
      expect(worksInDevice(box, 'ordered.service')).toBe(true)
      const { stdout: messages } = await box.run('journalctl', '--boot', '--output=cat', '_PID=1')
      expect(messages).not.toMatch(/ordering cycle/i)
      expect((await box.run('cat', '/run/cdi/nvidia.yaml')).stdout).toContain('nvidia.com/gpu')
      await box.shutDown()
      box.rebootMachine()
      expect(devicesOf(box)).toEqual([[true], [true]])
    }
  })

  test('what an apply has persisted comes back at each boot, and a start in between changes nothing', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB, H100 80GB HBM3' })
    await installService(box)
    expect(await box.boot()).toEqual(up)
    expect(devicesOf(box)).toEqual([[false], [false]])
    const wanted = `version: v1
mig-configs:
  wanted:
  - {devices: [0], mig-enabled: true, mig-devices: {3g.20gb: 1, 1g.5gb: 2}}
  - {devices: [1], mig-enabled: true, mig-devices: {1g.10gb: 3}}
`
    box.write('etc/wanted.yaml', wanted)
    const done = await box.mig('apply', '--config-file', '/etc/wanted.yaml', '--persist')
    expect(done.status, done.stderr).toBe(0)
    const places = placesOf(box)
    expect(places).toHaveLength(6)
    // The choice is kept, not the file.
    box.write('etc/wanted.yaml', '')

    for (const end of ['shutdown', 'power cut']) {
      if (end === 'shutdown') await box.shutDown()
      else await box.cutPower()
      box.rebootMachine()
      // A GPU from Hopper on loses its mode too.
      expect(devicesOf(box)).toEqual([[true], [false]])
      expect([end, await box.boot()]).toEqual([end, up])
      expect([end, placesOf(box)]).toEqual([end, places])
      const changes = box.machine.journal().length
      expect((await box.run('systemctl', 'restart', service)).status).toBe(0)
      expect(box.machine.journal()).toHaveLength(changes)
    }
  })

  test('what is persisted in the folder of another service than the installed one is warned of', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB +mig' })
    await installService(box, {}, '--state-dir', '/var/lib/other')
    expect(await box.boot()).toEqual(up)
    const apply = ['apply', '--gpu', '0', '7g.40gb', '--persist']
    const elsewhere = await box.mig(...apply)
    expect([elsewhere.status, elsewhere.stderr]).toEqual([
      0,
      'warning: mig-nvml.service boots with what is persisted in /var/lib/other, and not in /var/lib/mig-nvml: --state-dir\n',
    ])
    const right = await box.mig(...apply, '--state-dir', '/var/lib/other/')
    expect([right.status, right.stderr]).toEqual([0, ''])
    await box.shutDown()
    box.rebootMachine()
    expect(await box.boot()).toEqual(up)
    expect(devicesOf(box)).toEqual([[true, '7g.40gb']])
  })

  test('a wrong choice fails the service with a status that says so, and changes nothing', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB' })
    await installService(box, { MIG_PARTED_SELECTED_CONFIG: 'all-imaginary' })
    writeDependents(box)
    expect(await box.boot()).toEqual(degraded)
    expect(await showService(box)).toMatchObject({ ...failed, ExecMainStatus: '78' })
    expect(await box.journal(service)).toContain('all-imaginary')
    expect(devicesOf(box)).toEqual([[false]])
    expect(await box.stateOf('requiring.service')).toBe('inactive')
  })

  test('a client that starts before the service and is in its way stops for the change, and runs after the boot', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB' })
    await installService(box, { ...balanced, MIG_NVML_BOOT_CLIENTS: '/etc/clients.yaml' })
    box.write(
      'etc/clients.yaml',
      'version: v1\nclients: [{preset: persistenced}, {unit: late.service, when: change}]\n',
    )
    // The service starts after this one.
    writeClient(box, 'nvidia-persistenced.service')
    writeClient(box, 'late.service', { unit: [`After=${service}`] })
    box.enable('nvidia-persistenced.service')
    box.enable('late.service')
    expect(await box.boot()).toEqual(up)
    expect(await box.journal(service)).toContain('stopped the unit nvidia-persistenced.service')
    expect(devicesOf(box)).toEqual([balancedDevices])
    for (const unit of ['nvidia-persistenced.service', 'late.service'])
      await vi.waitFor(
        () => expect([unit, worksInDevice(box, unit)]).toEqual([unit, true]),
        patience,
      )
  })

  test('an uninstallation stops the service alone, and no boot after it changes the machine', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB' })
    await installService(box, balanced)
    writeDependents(box)
    expect(await box.boot()).toEqual(up)
    const done = await box.mig('service', 'uninstall')
    expect(done.status, done.stderr).toBe(0)
    expect(done.stdout).toContain('the service was active, and has been stopped')
    expect(done.stderr).toContain('requiring.service requires mig-nvml.service')
    expect(await box.stateOf(service)).toBe('inactive')
    expect(await box.stateOf('requiring.service')).toBe('active')
    await box.shutDown()
    box.rebootMachine()
    expect(await box.boot()).toEqual(up)
    expect(devicesOf(box)).toEqual([[true]])
    expect(await box.stateOf(service)).toBe('inactive')
  })
})
