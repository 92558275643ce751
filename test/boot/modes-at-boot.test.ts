// MIG modes that take a reset or a reboot, and the service under a real systemd.
import { describe, expect, inject, test } from 'vitest'
import {
  balanced,
  balancedDevices,
  degraded,
  devicesOf,
  failed,
  rebooting,
  resetsOf,
  up,
  worksInDevice,
  writeDependents,
} from './at-boot.js'
import { createBox } from './box.js'
import { installService, service, showService } from './service.js'

describe.skipIf(inject('noContainer') !== null)('the service under systemd', () => {
  test('a mode that is pending takes effect by a reset of that GPU alone', async () => {
    const box = createBox({ spec: '2x A100-SXM4-40GB', resetPolicy: 'manual' })
    await installService(box, balanced)
    box.machine.requestMode(1, true)
    box.machine.resetGpu(1)
    const before = resetsOf(box).length
    expect(await box.boot()).toEqual(up)
    expect(devicesOf(box)).toEqual([balancedDevices, balancedDevices])
    expect(resetsOf(box).slice(before)).toEqual(['reset-gpu gpu=0'])
  })

  test('a mode that no reset can set takes one reboot', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB', resetPolicy: 'refused' })
    await installService(box, { ...balanced, MIG_NVML_BOOT_REBOOT: 'once' })
    writeDependents(box)
    expect(await box.boot()).toEqual(rebooting)
    box.rebootMachine()
    expect(await box.boot()).toEqual(up)
    expect(devicesOf(box)).toEqual([balancedDevices])
    expect(worksInDevice(box, 'requiring.service')).toBe(true)
  })

  test('a mode that a reboot does not set either takes no second reboot', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB', resetPolicy: 'refused' })
    await installService(box, { ...balanced, MIG_NVML_BOOT_REBOOT: 'once' })
    writeDependents(box)
    expect(await box.boot()).toEqual(rebooting)
    // The machine is a virtual one: its reboot does not reset the GPU.
    for (const boot of [2, 3]) {
      expect([boot, await box.boot()]).toEqual([boot, degraded])
      expect(await showService(box)).toMatchObject({ ...failed, ExecMainStatus: '75' })
      expect(await box.stateOf('requiring.service')).toBe('inactive')
      expect(await box.stateOf('after-target.service')).toBe('active')
      await box.shutDown()
    }
    // A real reboot sets the mode, and permits another one for a later change.
    box.rebootMachine()
    expect(await box.boot()).toEqual(up)
    expect(devicesOf(box)).toEqual([balancedDevices])
    await box.shutDown()
    box.machine.reboot()
    box.machine.requestMode(0, false)
    box.rebootMachine()
    expect(await box.boot()).toEqual(rebooting)
  })

  test('without permission to reboot, the machine stays up and says what it needs', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB', resetPolicy: 'refused' })
    await installService(box, balanced)
    expect(await box.boot()).toEqual(degraded)
    expect(await showService(box)).toMatchObject({ ...failed, ExecMainStatus: '75' })
    expect(await box.journal(service)).toContain('pending a reboot of the machine')
  })
})
