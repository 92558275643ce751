// The service under a real systemd, over boots of a simulated machine.
import { describe, expect, inject, test, vi } from 'vitest'
import { type Box, createBox, patience } from './box.js'
import { installService, service, showService, target } from './service.js'
import { writeClient } from './units.js'

const up = { kind: 'up', state: 'running' }
/** A unit has failed. */
const degraded = { kind: 'up', state: 'degraded' }
/** The container wants to be started again (systemd-nspawn(1)). */
const rebooting = { kind: 'ended', status: 133 }
const active = { ActiveState: 'active', Result: 'success', ExecMainStatus: '0' }
const failed = { ActiveState: 'failed', Result: 'exit-code' }
const balanced = { MIG_PARTED_SELECTED_CONFIG: 'all-balanced' }
const balancedDevices = [true, '1g.5gb', '1g.5gb', '2g.10gb', '3g.20gb']

/** The mode of each GPU, and its instances by size. */
function devicesOf({ machine }: Box): unknown {
  return machine
    .describe()
    .gpus.map(({ mig, gpuInstances }) => [
      mig?.enabled,
      ...gpuInstances.map(({ profileName }) => profileName).sort(),
    ])
}

/** The instances with their places. */
function placesOf({ machine }: Box): readonly string[] {
  return machine
    .describe()
    .gpus.flatMap(({ index, gpuInstances }) =>
      gpuInstances.map(
        ({ profileName, placement }) => `${index} ${profileName} ${placement.start}`,
      ),
    )
    .sort()
}

/** Whether the process of a unit works in a MIG device; null: there is none. */
function worksInDevice({ machine }: Box, unit: string): boolean | null {
  const processes = machine.describe().gpus.flatMap((gpu) => gpu.processes)
  const found = processes.find(({ name }) => name === unit)
  return found === undefined ? null : found.gpuInstanceId !== undefined
}

function resetsOf({ machine }: Box): readonly string[] {
  return machine
    .journal({ control: true })
    .flatMap((entry) =>
      entry.kind === 'control' && /^reset-gpu/.test(entry.command) ? [entry.command] : [],
    )
}

/** Waits until the service shows this line. */
async function untilStatus(box: Box, text: string | RegExp): Promise<void> {
  await vi.waitFor(async () => {
    expect((await showService(box))['StatusText']).toMatch(text)
  }, patience)
}

/** A unit that starts where the service has succeeded, and one that only starts after it. */
function writeDependents(box: Box): void {
  writeClient(box, 'requiring.service', { unit: [`After=${service}`, `Requires=${service}`] })
  writeClient(box, 'after-target.service', { unit: [`After=${target}`, `Wants=${target}`] })
  for (const unit of ['requiring.service', 'after-target.service']) box.enable(unit)
}

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

  test('after an uninstallation no boot changes the machine', async () => {
    const box = createBox({ spec: 'A100-SXM4-40GB' })
    await installService(box, balanced)
    expect(await box.boot()).toEqual(up)
    const done = await box.mig('service', 'uninstall')
    expect(done.status, done.stderr).toBe(0)
    await box.shutDown()
    box.rebootMachine()
    expect(await box.boot()).toEqual(up)
    expect(devicesOf(box)).toEqual([[true]])
    expect(await box.stateOf(service)).toBe('inactive')
  })
})
