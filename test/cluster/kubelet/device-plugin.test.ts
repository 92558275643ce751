// The device plugin and the podresources client with the kubelet's own code.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectKubelet } from '../../../lib/agent/kubelet/connect-kubelet.js'
import { readMigState } from '../../../lib/index.js'
import { heldDevices, resourceNames } from '../../../lib/kubernetes.js'
import { createSimulatedMachine, writeRootTree } from '../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../types/simulator/machine.js'
import { output } from '../../peers/run.js'
import { reasonOf } from '../../support/errors.js'
import { divide } from '../../support/machine-root.js'
import { isMissing } from '../programs.js'
import { type DeviceManager, startDeviceManager } from './device-manager.js'

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const patience = { timeout: 120_000, interval: 20 }
const [gpu, small, large] = ['nvidia.com/gpu', 'nvidia.com/mig-1g.5gb', 'nvidia.com/mig-3g.20gb']

describe.skipIf(isMissing('kubelet-devices'))("the kubelet's own device manager", () => {
  let folder: string
  let machine: SimulatedMachine
  let kubelet: DeviceManager
  const children: ChildProcess[] = []
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mig-nvml-kubelet-'))
    machine = createSimulatedMachine('2x A100-SXM4-40GB +mig, T4', { store: join(folder, 'store') })
    writeRootTree(machine, join(folder, 'root'))
    kubelet = await startDeviceManager(folder)
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await kubelet.stop()
    machine.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const store = (): readonly string[] => ['--store', join(folder, 'store')]

  function startPlugin(...more: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [
      cli,
      'device-plugin',
      ...['--strategy', 'mixed', '--kubelet-dir', kubelet.plugins, '--interval-ms', '50'],
      ...['--cdi-file', join(folder, 'cdi', 'spec.json'), '--root', join(folder, 'root')],
      ...store(),
      ...more,
    ])
    children.push(child)
    return child
  }

  /** Waits until the kubelet has so many healthy devices of each resource. */
  async function expectAllocatable(wanted: Readonly<Record<string, number>>): Promise<void> {
    const allocatable = async (): Promise<Readonly<Record<string, number>>> =>
      Object.fromEntries(
        Object.entries(await kubelet.capacity()).map(([name, amounts]) => [
          name,
          amounts.allocatable,
        ]),
      )
    await expect.poll(allocatable, patience).toEqual(wanted)
  }

  const uuidsOf = async (resource: string): Promise<readonly unknown[]> =>
    resourceNames(await readMigState({ library: machine.library }), { strategy: 'mixed' })[
      resource
    ] ?? []

  test('takes the resources of the plugin, and follows an apply of another process without a restart', async () => {
    await divide(machine, { 0: { '1g.5gb': 2 }, 1: { '3g.20gb': 1 } })
    startPlugin()
    await expectAllocatable({ [gpu]: 1, [small]: 2, [large]: 1 })
    const words = ['apply', '--gpu', '0', '1g.5gb=3', '3g.20gb=1', ...store()]
    await output(process.execPath, [cli, ...words])
    await expectAllocatable({ [gpu]: 1, [small]: 3, [large]: 2 })
    // A size that is gone.
    await output(process.execPath, [cli, 'apply', '--gpu', '0', '3g.20gb=2', ...store()])
    await expectAllocatable({ [gpu]: 1, [small]: 0, [large]: 3 })
    expect((await kubelet.capacity())[small]).toEqual({ capacity: 0, allocatable: 0 })
  })

  test('gives a container the CDI names of its devices, each device to one pod, and the specification has them', async () => {
    await divide(machine, { 0: { '1g.5gb': 3, '3g.20gb': 1 } })
    startPlugin()
    await expectAllocatable({ [gpu]: 1, [small]: 3, [large]: 1 })
    const first = await kubelet.allocate('first', { [small]: 2, [large]: 1 })
    const second = await kubelet.allocate('second', { [small]: 1 })
    expect(first.cdiDevices).toHaveLength(3)
    const names = [...first.cdiDevices, ...second.cdiDevices]
    const kind = 'k8s.device-plugin.nvidia.com/gpu'
    const wanted = [...(await uuidsOf(small)), ...(await uuidsOf(large))]
    expect(names.toSorted()).toEqual(wanted.map((uuid) => `${kind}=${uuid}`).toSorted())
    const spec = JSON.parse(readFileSync(join(folder, 'cdi', 'spec.json'), 'utf8'))
    expect(spec.kind).toBe(kind)
    const inSpec = spec.devices.map(({ name }: { readonly name: string }) => `${kind}=${name}`)
    expect(inSpec).toEqual(expect.arrayContaining(names))
    expect(String(await reasonOf(kubelet.allocate('third', { [small]: 1 })))).toMatch(
      /requested number of devices unavailable/i,
    )
    await kubelet.delete('second')
    expect((await kubelet.allocate('third', { [small]: 1 })).cdiDevices).toEqual(second.cdiDevices)
  })

  test('lists to the podresources client which pod has which MIG device', async () => {
    await divide(machine, { 0: { '1g.5gb': 2 } })
    startPlugin()
    await expectAllocatable({ [gpu]: 1, [small]: 2 })
    await kubelet.allocate('train', { [small]: 1 })
    await kubelet.allocate('web', { [small]: 1, [gpu]: 1 })
    using client = await connectKubelet({ socket: kubelet.podResources })
    const pods = await client.listPods()
    const held = heldDevices(pods)
    expect(
      held
        .map(({ namespace, pod, container, resource }) => [namespace, pod, container, resource])
        .toSorted(),
    ).toEqual([
      ['team', 'train', 'main', small],
      ['team', 'web', 'main', gpu],
      ['team', 'web', 'main', small],
    ])
    const ids = held.filter(({ resource }) => resource === small).map(({ id }) => id)
    expect(ids.toSorted()).toEqual([...(await uuidsOf(small))].toSorted())
    expect(await client.getPod({ namespace: 'team', name: 'web' })).toEqual(
      pods.find(({ name }) => name === 'web'),
    )
    expect(await client.getPod({ namespace: 'team', name: 'absent' })).toBeNull()
    expect(await client.getPod({ namespace: 'other', name: 'web' })).toBeNull()
    const all = await client.listAllocatable()
    expect(all.flatMap((devices) => devices.ids).toSorted()).toEqual(
      [...(await uuidsOf(small)), ...(await uuidsOf(gpu))].toSorted(),
    )
  })

  test('has all resources again after its restart and after a restart of the plugin, and pods keep their devices', async () => {
    await divide(machine, { 0: { '1g.5gb': 2 } })
    const plugin = startPlugin()
    await expectAllocatable({ [gpu]: 1, [small]: 2 })
    const { cdiDevices } = await kubelet.allocate('train', { [small]: 1 })
    await kubelet.restart()
    await expectAllocatable({ [gpu]: 1, [small]: 2 })
    const ended = once(plugin, 'exit')
    plugin.kill('SIGKILL')
    await ended
    await expectAllocatable({ [gpu]: 0, [small]: 0 })
    startPlugin()
    await expectAllocatable({ [gpu]: 1, [small]: 2 })
    // The kubelet has kept which device is taken.
    const other = await kubelet.allocate('web', { [small]: 1 })
    expect(other.cdiDevices).not.toEqual(cdiDevices)
    expect(String(await reasonOf(kubelet.allocate('third', { [small]: 1 })))).toMatch(/unavailable/)
  })

  test('counts the devices of a GPU as unhealthy when it falls off the bus', async () => {
    await divide(machine, { 0: { '1g.5gb': 2 }, 1: { '1g.5gb': 3 } })
    startPlugin()
    await expectAllocatable({ [gpu]: 1, [small]: 5 })
    machine.loseGpu(0)
    await expectAllocatable({ [gpu]: 1, [small]: 3 })
    expect((await kubelet.capacity())[small]).toEqual({ capacity: 5, allocatable: 3 })
  })

  test('asks the plugin which devices a container best gets: of one GPU if they are to be packed', async () => {
    await divide(machine, { 0: { '1g.5gb': 3 }, 1: { '1g.5gb': 3 } })
    startPlugin('--allocation', 'packed')
    await expectAllocatable({ [gpu]: 1, [small]: 6 })
    const { cdiDevices } = await kubelet.allocate('train', { [small]: 3 })
    const { gpus } = await readMigState({ library: machine.library })
    const parents = gpus.filter(({ gpuInstances }) =>
      gpuInstances?.some(({ computeInstances }) =>
        computeInstances.some(({ uuid }) => cdiDevices.some((name) => name.endsWith(`=${uuid}`))),
      ),
    )
    expect(parents).toHaveLength(1)
  })

  test('gives nodes and a variable in place of CDI names', async () => {
    await divide(machine, { 1: { '1g.5gb': 1 } })
    startPlugin('--device-list', 'envvar', '--device-nodes')
    await expectAllocatable({ [gpu]: 1, [small]: 1 })
    const { envs, devices, cdiDevices } = await kubelet.allocate('train', { [small]: 1 })
    const [uuid] = await uuidsOf(small)
    expect(envs).toEqual({ NVIDIA_VISIBLE_DEVICES: uuid })
    expect(cdiDevices).toEqual([])
    expect(devices).toContain('/dev/nvidia1:/dev/nvidia1:rw')
    expect(devices.filter((device) => device.startsWith('/dev/nvidia-caps/'))).toHaveLength(2)
  })
})
