// Drivers that come late, never, or hang, and the service under a real systemd.
import { describe, expect, inject, test } from 'vitest'
import {
  active,
  balanced,
  balancedDevices,
  degraded,
  devicesOf,
  failed,
  untilStatus,
  up,
  worksInDevice,
  writeDependents,
} from './at-boot.js'
import { createBox } from './box.js'
import { installService, service, showService, target } from './service.js'

describe.skipIf(inject('noContainer') !== null)('the service under systemd', () => {
  test('a driver that comes late is awaited, and the service says so meanwhile', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB' })
    await installService(box, balanced)
    writeDependents(box)
    box.machine.unloadDriver()
    box.writeTree()
    box.start()
    await untilStatus(box, 'no NVIDIA driver is loaded')
    expect(await box.stateOf('requiring.service')).toBe('inactive')
    expect(await box.stateOf(target)).toBe('inactive')
    box.machine.loadDriver()
    box.writeTree()
    expect(await box.settled()).toEqual(up)
    expect(devicesOf(box)).toEqual([balancedDevices])
    expect(worksInDevice(box, 'requiring.service')).toBe(true)
    expect(worksInDevice(box, 'after-target.service')).toBe(true)
  })

  test('a driver that never comes fails the service, and units that require it do not start', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB' })
    await installService(box, { ...balanced, MIG_NVML_BOOT_WAIT: '1' })
    writeDependents(box)
    box.machine.unloadDriver()
    box.writeTree()
    expect(await box.boot()).toEqual(degraded)
    expect(await showService(box)).toMatchObject({ ...failed, ExecMainStatus: '69' })
    expect(await box.stateOf('requiring.service')).toBe('inactive')
    expect(await box.stateOf('after-target.service')).not.toBe('inactive')
    // Once there is a driver, the same units start. The other one works on the whole GPU, and is in the way.
    await box.run('systemctl', 'stop', 'after-target.service')
    box.machine.loadDriver()
    box.writeTree()
    const started = await box.run('systemctl', 'start', 'requiring.service')
    expect(started.status, started.stderr).toBe(0)
    expect(worksInDevice(box, 'requiring.service')).toBe(true)
  })

  test('a driver that hangs ends the service at its time limit', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB' })
    await installService(box, balanced, '--time-limit', '3')
    writeDependents(box)
    box.machine.fail({ fn: 'nvmlDeviceGetMigMode', times: 1000, hangMs: 3_600_000 })
    expect(await box.boot()).toEqual(degraded)
    const { ActiveState, ExecMainStatus } = await showService(box)
    expect([ActiveState, ExecMainStatus]).toEqual(['failed', '124'])
    expect(await box.stateOf('requiring.service')).toBe('inactive')
  })

  test('the mode is set without a driver, and the layout when one is there', async () => {
    const box = createBox({ spec: '2x A100-SXM4-40GB' })
    const config =
      'version: v1\nmig-configs:\n  halves:\n  - {devices: all, mig-enabled: true, mig-devices: {3g.20gb: 2}}\n'
    box.write('etc/config.yaml', config)
    await installService(box, {
      MIG_PARTED_CONFIG_FILE: '/etc/config.yaml',
      MIG_PARTED_MODE_CHANGE_ONLY: 'true',
      MIG_NVML_BOOT_WAIT: '0',
    })
    writeDependents(box)
    box.machine.unloadDriver()
    using _followed = box.followTree()
    expect(await box.boot()).toEqual(up)
    expect(await showService(box)).toMatchObject(active)
    expect(devicesOf(box)).toEqual([[true], [true]])
    expect(await box.stateOf('requiring.service')).toBe('active')
  })

  test('an uninstallation ends a boot that still waits for the driver', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB' })
    await installService(box, balanced)
    box.machine.unloadDriver()
    box.writeTree()
    box.start()
    await untilStatus(box, 'no NVIDIA driver is loaded')
    const done = await box.mig('service', 'uninstall')
    expect(done.status, done.stderr).toBe(0)
    expect(done.stdout).toContain('the service was active, and has been stopped')
    expect(await box.stateOf(service)).toBe('inactive')
    expect(await box.settled()).toEqual(up)
  })
})
