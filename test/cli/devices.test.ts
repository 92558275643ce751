import { describe, expect, test } from 'vitest'
import { deviceNodes, driverNodes, listContainerDevices, slurmGres } from '../../lib/containers.js'
import { readMigState } from '../../lib/index.js'
import { divide } from '../support/machine-root.js'
import { createRootedMachine, type RootedMachine } from '../support/rooted-machine.js'
import { type CliRun, runInProcess } from './run-in-process.js'

async function partitioned(): Promise<
  RootedMachine & { readonly run: (...args: readonly string[]) => Promise<CliRun> }
> {
  const rooted = createRootedMachine('2x A100-SXM4-40GB, Tesla T4', { store: true })
  await divide(rooted.machine, { 0: { '3g.20gb': 1, '1g.5gb': 2 }, 1: { '7g.40gb': 1 } })
  const where = [
    '--store',
    String(rooted.machine.env['MIG_SIMULATOR_STORE']),
    '--root',
    rooted.root,
  ]
  return { ...rooted, run: (...args) => runInProcess(['devices', ...args, ...where]) }
}

describe('mig-nvml devices', () => {
  test('devices lists each MIG device and each GPU with MIG off, with every name and its nodes', async () => {
    using machine = await partitioned()
    const { status, out } = await machine.run()
    expect(status).toBe(0)
    const lines = out.trim().split('\n').slice(1)
    const state = await readMigState(machine.options)
    const devices = listContainerDevices(state)
    expect(lines).toHaveLength(devices.length)
    devices.forEach((device, position) => {
      const line = lines[position] ?? ''
      expect(line.startsWith(`${device.names.index} `)).toBe(true)
      for (const word of [String(device.names.uuid), device.pciBusId]) expect(line).toContain(word)
      if (device.kind === 'mig') expect(line).toContain(device.names.legacyUuid)
      for (const { minor } of deviceNodes(state, device).slice(1))
        expect(line).toContain(`cap${minor}`)
    })
  })

  test('devices --visible shows what a container gets, as text and as JSON', async () => {
    using machine = await partitioned()
    const { out } = await machine.run('--visible', '0:1,2', '--json')
    const { devices } = JSON.parse(out)
    expect(devices.map(({ names }: { names: { index: string } }) => names.index)).toEqual([
      '0:1',
      '2',
    ])
    expect(devices[0].nodes).toHaveLength(3)
    const text = await machine.run('--visible', '1:0')
    expect(text.out.trim().split('\n')).toHaveLength(2)
    expect((await machine.run('--visible', 'void')).err).toContain('leaves the container as it is')
  })

  test('devices --visible with a word that means no device fails, and says what there is', async () => {
    using machine = await partitioned()
    const { status, err } = await machine.run('--visible', '0:9')
    expect(status).toBe(1)
    expect(err).toContain('MIG_DEVICE_NOT_FOUND')
    expect(err).toContain('0:9')
    expect(err).toContain('0:0')
  })

  test('devices --dialect legacy takes the PCI address of a GPU, and cdi does not', async () => {
    using machine = await partitioned()
    const { gpus } = await readMigState(machine.options)
    const address = String(gpus[2]?.pciBusId)
    expect((await machine.run('--visible', address)).status).toBe(1)
    const { status, out } = await machine.run('--visible', address, '--dialect', 'legacy')
    expect(status).toBe(0)
    expect(out).toContain(String(gpus[2]?.uuid))
  })

  test('devices --format writes for Docker, systemd and Slurm', async () => {
    using machine = await partitioned()
    const state = await readMigState(machine.options)
    const [first] = listContainerDevices(state)
    if (first === undefined) throw new Error('no device')
    const docker = await machine.run('--visible', '0:0', '--format', 'docker')
    expect(docker.out).toBe(`--device nvidia.com/gpu=${first.names.uuid}\n`)
    const systemd = await machine.run('--visible', '0:0', '--format', 'systemd')
    const nodes = [...driverNodes(state), ...deviceNodes(state, first)]
    expect(systemd.out.match(/^DeviceAllow=\S+/gm)).toEqual(
      nodes.map(({ path }) => `DeviceAllow=${path}`),
    )
    const slurm = await machine.run('--format', 'slurm')
    const { gresConf, nodeGres } = slurmGres(state)
    expect(slurm.out).toBe(
      `${gresConf.join('\n')}\n# For the node in slurm.conf: Gres=${nodeGres}\n`,
    )
  })

  test('without the files of the driver, devices lists the names, and formats with nodes fail', async () => {
    using machine = await partitioned()
    const store = ['--store', String(machine.machine.env['MIG_SIMULATOR_STORE'])]
    const { status, out } = await runInProcess(['devices', ...store])
    expect(status).toBe(0)
    expect(out).toContain('MIG-')
    const slurm = await runInProcess(['devices', '--format', 'slurm', ...store])
    expect(slurm.status).toBe(1)
    expect(slurm.err).toContain('MIG_DEVICE_NUMBERS_UNKNOWN')
  })

  test.each([
    [['--dialect', 'cdi'], '--dialect needs --visible'],
    [['--format', 'slurm', '--visible', 'all'], 'without --visible'],
    [['--format', 'docker', '--json'], 'cannot be combined'],
    [['--format', 'dockr'], 'did you mean docker'],
  ])('devices %j is a wrong command line', async (args, message) => {
    const { status, err, out } = await runInProcess(['devices', ...args])
    expect(status).toBe(2)
    expect((err + out).toLowerCase()).toContain(message.toLowerCase())
  })
})
