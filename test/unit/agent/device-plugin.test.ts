import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDevicePlugin } from '../../../lib/agent/device-plugin/start-plugin.js'
import { listMigDevices, readMigState } from '../../../lib/index.js'
import { openNvml } from '../../../lib/nvml.js'
import type { DevicePluginOptions } from '../../../types/kubernetes/device-plugin.js'
import { reasonOf, rejectionOf } from '../../support/errors.js'
import type { FakeKubelet, FakeList } from '../../support/fake-kubelet.js'
import { feed } from '../../support/feed.js'
import { divide } from '../../support/machine-root.js'
import {
  createPluginNode,
  expectOffer,
  healthy,
  lastOf,
  type PluginNode,
  patience,
  uuidsOf,
} from '../../support/plugin-node.js'
import { isWaiting } from '../../support/waiting.js'

const small = 'nvidia.com/mig-1g.5gb'
const large = 'nvidia.com/mig-3g.20gb'

/** A node with an A100 that is divided so, and its plugin, which has offered the smallest devices to the kubelet. */
async function offering(
  migDevices: Readonly<Record<string, number>>,
  options: Partial<DevicePluginOptions> = {},
): Promise<{ readonly node: PluginNode; readonly kubelet: FakeKubelet }> {
  const node = createPluginNode('A100-SXM4-40GB +mig')
  await divide(node.machine.machine, { 0: migDevices })
  const kubelet = await node.startKubelet()
  await node.start(options)
  await expectOffer(node, kubelet, small)
  return { node, kubelet }
}

test('the plugin registers a resource for whole GPUs and for each size of MIG device', async () => {
  const node = createPluginNode('2x A100-SXM4-40GB +mig, T4')
  await divide(node.machine.machine, { 0: { '1g.5gb': 2, '3g.20gb': 1 }, 1: { '1g.5gb': 1 } })
  const kubelet = await node.startKubelet()
  await node.start()
  for (const resource of ['nvidia.com/gpu', small, large])
    await expectOffer(node, kubelet, resource)
  expect(kubelet.registered.toSorted()).toEqual(['nvidia.com/gpu', small, large])
  expect(await uuidsOf(node, small)).toHaveLength(3)
})

test('a changed layout is a new list on the open connection, and a new size a new resource; nothing registers again', async () => {
  const { node, kubelet } = await offering({ '1g.5gb': 2 })
  await divide(node.machine.machine, { 0: { '1g.5gb': 3, '3g.20gb': 1 } })
  await expectOffer(node, kubelet, small)
  await expectOffer(node, kubelet, large)
  expect(await uuidsOf(node, small)).toHaveLength(3)
  expect(kubelet.registered).toEqual([small, large])
})

test('a size that is gone has an empty list, and then no connection; when it comes back it registers anew', async () => {
  const { node, kubelet } = await offering({ '1g.5gb': 2 }, { retireAfterMs: 1 })
  await divide(node.machine.machine, { 0: { '3g.20gb': 1 } })
  await expect.poll(() => kubelet.isConnected(small), patience).toBe(false)
  expect(lastOf(kubelet, small)).toEqual({})
  await expectOffer(node, kubelet, large)
  await divide(node.machine.machine, { 0: { '3g.20gb': 1, '1g.5gb': 1 } })
  await expectOffer(node, kubelet, small)
  expect(kubelet.registered).toEqual([small, large, small])
  expect(node.events).toContainEqual({ kind: 'withdrawn', resource: small })
})

test('a size that comes back soon keeps its connection', async () => {
  const { node, kubelet } = await offering({ '1g.5gb': 2 })
  await divide(node.machine.machine, { 0: { '3g.20gb': 1 } })
  await expect.poll(() => lastOf(kubelet, small), patience).toEqual({})
  await expectOffer(node, kubelet, large)
  await divide(node.machine.machine, { 0: { '1g.5gb': 1 } })
  await expectOffer(node, kubelet, small)
  expect(kubelet.registered).toEqual([small, large])
})

test('the CDI specification has each device before the kubelet does', async () => {
  const node = createPluginNode('A100-SXM4-40GB +mig')
  await divide(node.machine.machine, { 0: { '1g.5gb': 2 } })
  const kubelet = await node.startKubelet()
  const missing: string[] = []
  await node.start({
    onEvent: (event) => {
      if (event.kind !== 'offered') return
      const { devices } = JSON.parse(readFileSync(node.specFile, 'utf8'))
      const names = devices.map(({ name }: { readonly name: string }) => name)
      missing.push(...event.devices.map(({ uuid }) => uuid).filter((uuid) => !names.includes(uuid)))
    },
  })
  await expectOffer(node, kubelet, small)
  await divide(node.machine.machine, { 0: { '1g.5gb': 1, '3g.20gb': 1 } })
  await expectOffer(node, kubelet, large)
  expect(missing).toEqual([])
  expect(JSON.parse(readFileSync(node.specFile, 'utf8')).kind).toBe(
    'k8s.device-plugin.nvidia.com/gpu',
  )
})

test('a CDI specification that cannot be written keeps new devices from the kubelet, until it can be', async () => {
  const { node, kubelet } = await offering({ '1g.5gb': 1 })
  rmSync(node.specFile)
  mkdirSync(node.specFile)
  await divide(node.machine.machine, { 0: { '1g.5gb': 1, '3g.20gb': 1 } })
  await expect.poll(() => node.events.some(({ kind }) => kind === 'failed'), patience).toBe(true)
  expect(kubelet.registered).toEqual([small])
  rmSync(node.specFile, { recursive: true })
  await expectOffer(node, kubelet, large)
})

test('a container gets the CDI names of its devices', async () => {
  const { node, kubelet } = await offering({ '1g.5gb': 2 })
  const [first = '', second = ''] = await uuidsOf(node, small)
  expect(await kubelet.allocate(small, second, first)).toEqual({
    envs: {},
    nodes: [],
    cdiDevices: [
      `k8s.device-plugin.nvidia.com/gpu=${second}`,
      `k8s.device-plugin.nvidia.com/gpu=${first}`,
    ],
  })
})

test('with another writer of the specification a container gets its kind, and no file is written', async () => {
  const node = createPluginNode('T4')
  const kubelet = await node.startKubelet()
  await node.start({ cdi: false })
  await expectOffer(node, kubelet, 'nvidia.com/gpu')
  const [gpu = ''] = await uuidsOf(node, 'nvidia.com/gpu')
  const { cdiDevices } = await kubelet.allocate('nvidia.com/gpu', gpu)
  expect(cdiDevices).toEqual([`nvidia.com/gpu=${gpu}`])
  expect(existsSync(node.specFile)).toBe(false)
})

test('a container gets a variable, and the nodes of its devices with those of the driver, where that is wanted', async () => {
  const node = createPluginNode('A100-SXM4-40GB, A100-SXM4-40GB +mig')
  await divide(node.machine.machine, { 1: { '1g.5gb': 1 } })
  const kubelet = await node.startKubelet()
  await node.start({ deviceList: 'envvar', deviceNodes: true })
  await expectOffer(node, kubelet, small)
  const [uuid = ''] = await uuidsOf(node, small)
  const { envs, nodes, cdiDevices } = await kubelet.allocate(small, uuid)
  expect(envs).toEqual({ NVIDIA_VISIBLE_DEVICES: uuid })
  expect(cdiDevices).toEqual([])
  // The GPU has one, both instances, and the driver.
  expect(nodes).toContain('/dev/nvidia1')
  expect(nodes).not.toContain('/dev/nvidia0')
  expect(nodes).toContain('/dev/nvidiactl')
  expect(nodes.filter((path) => path.startsWith('/dev/nvidia-caps/'))).toHaveLength(2)
  expect(existsSync(node.specFile)).toBe(false)
})

test('a GPU with MIG on, which the strategy none offers as a whole, is given by the variable only', async () => {
  const node = createPluginNode('A100-SXM4-40GB +mig')
  await divide(node.machine.machine, { 0: { '1g.5gb': 1 } })
  const kubelet = await node.startKubelet()
  const { uuid } = node.machine.machine.describe().gpus[0] ?? { uuid: '' }
  const byCdi = await node.start({ strategy: 'none' })
  await expect.poll(() => lastOf(kubelet, 'nvidia.com/gpu'), patience).toEqual(healthy([uuid]))
  expect(String(await reasonOf(kubelet.allocate('nvidia.com/gpu', uuid)))).toMatch(
    /MIG is on on GPU 0, and CDI has no such GPU/,
  )
  await byCdi.close()
  await expect.poll(() => kubelet.isConnected('nvidia.com/gpu'), patience).toBe(false)
  await node.start({ strategy: 'none', deviceList: 'envvar' })
  await expect.poll(() => kubelet.isConnected('nvidia.com/gpu'), patience).toBe(true)
  const { envs } = await kubelet.allocate('nvidia.com/gpu', uuid)
  expect(envs).toEqual({ NVIDIA_VISIBLE_DEVICES: uuid })
})

test('a device that is gone, or is none of the resource, is not given to a container', async () => {
  const { node, kubelet } = await offering({ '1g.5gb': 1, '3g.20gb': 1 })
  const [uuid = ''] = await uuidsOf(node, small)
  const [other = ''] = await uuidsOf(node, large)
  expect(String(await reasonOf(kubelet.allocate(small, other)))).toMatch(
    /is no device of nvidia\.com\/mig-1g\.5gb any more/,
  )
  await divide(node.machine.machine, { 0: { '3g.20gb': 1 } })
  expect(String(await reasonOf(kubelet.allocate(small, uuid)))).toContain(uuid)
})

test('a GPU that falls off the bus makes its devices unhealthy, and they are healthy when it is back', async () => {
  const node = createPluginNode('2x A100-SXM4-40GB')
  const kubelet = await node.startKubelet()
  await node.start()
  await expectOffer(node, kubelet, 'nvidia.com/gpu')
  const [first = '', second = ''] = await uuidsOf(node, 'nvidia.com/gpu')
  node.machine.machine.loseGpu(0)
  const list = (): FakeList | undefined => lastOf(kubelet, 'nvidia.com/gpu')
  await expect.poll(list, patience).toEqual({ [first]: 'Unhealthy', [second]: 'Healthy' })
  expect(String(await reasonOf(kubelet.allocate('nvidia.com/gpu', first)))).toMatch(/lost|Xid 79/)
  node.machine.machine.reboot()
  await expect.poll(list, patience).toEqual({ [first]: 'Healthy', [second]: 'Healthy' })
})

test('an Xid of a MIG device makes that device unhealthy, and a new instance in its place is healthy', async () => {
  const { node, kubelet } = await offering({ '1g.5gb': 3 })
  const { machine } = node.machine
  const [device] = listMigDevices(await readMigState(node.machine.options))
  if (device?.uuid == null) throw new Error('there is no MIG device')
  const { gpuInstanceId, computeInstanceId, uuid } = device
  // A fault of a program, then one of the device: what comes first is seen first.
  machine.raiseXid(0, { xid: 13, gpuInstanceId, computeInstanceId })
  machine.raiseXid(0, { xid: 94, gpuInstanceId, computeInstanceId })
  const wanted = { ...healthy(await uuidsOf(node, small)), [uuid]: 'Unhealthy' }
  await expect.poll(() => lastOf(kubelet, small), patience).toEqual(wanted)
  expect(node.events).toContainEqual(
    expect.objectContaining({
      kind: 'offered',
      devices: expect.arrayContaining([{ uuid, problem: 'Xid 94' }]),
    }),
  )
  expect(String(await reasonOf(kubelet.allocate(small, uuid)))).toContain('Xid 94')
  await divide(machine, { 0: {} })
  await expect.poll(() => lastOf(kubelet, small), patience).toEqual({})
  await divide(machine, { 0: { '1g.5gb': 3 } })
  await expectOffer(node, kubelet, small)
})

test('an Xid of a GPU makes all of its devices unhealthy, until so long after it', async () => {
  const node = createPluginNode('A100-SXM4-40GB +mig, T4')
  const { machine } = node.machine
  await divide(machine, { 0: { '1g.5gb': 2 } })
  const kubelet = await node.startKubelet()
  await node.start({ recoverAfterMs: 500 })
  await expectOffer(node, kubelet, small)
  machine.raiseXid(0, { xid: 48 })
  const ill = (): boolean =>
    kubelet
      .listsOf(small)
      .some((list) => Object.values(list).filter((health) => health === 'Unhealthy').length === 2)
  await expect.poll(ill, patience).toBe(true)
  await expectOffer(node, kubelet, small)
  expect(Object.values(lastOf(kubelet, 'nvidia.com/gpu') ?? {})).toEqual(['Healthy'])
})

test('a kubelet that restarts, and removes all sockets as it does, gets every resource again', async () => {
  const node = createPluginNode('A100-SXM4-40GB +mig, T4')
  await divide(node.machine.machine, { 0: { '1g.5gb': 2 } })
  const first = await node.startKubelet()
  await node.start()
  await expectOffer(node, first, small)
  first.stop()
  for (const name of readdirSync(node.folder)) rmSync(join(node.folder, name))
  const second = await node.startKubelet()
  await expectOffer(node, second, small)
  await expectOffer(node, second, 'nvidia.com/gpu')
  const [uuid = ''] = await uuidsOf(node, small)
  expect((await second.allocate(small, uuid)).cdiDevices).toHaveLength(1)
})

test('a kubelet that restarts and leaves the sockets gets every resource again', async () => {
  const node = createPluginNode('T4')
  const first = await node.startKubelet()
  await node.start()
  await expectOffer(node, first, 'nvidia.com/gpu')
  first.stop()
  await expectOffer(node, await node.startKubelet(), 'nvidia.com/gpu')
})

test('the plugin waits for a kubelet that is not there yet, and says so once', async () => {
  const node = createPluginNode('T4')
  await node.start()
  await expect.poll(() => node.events.some(({ kind }) => kind === 'waiting'), patience).toBe(true)
  const kubelet = await node.startKubelet()
  await expectOffer(node, kubelet, 'nvidia.com/gpu')
  const waits = node.events.filter(({ kind }) => kind === 'waiting')
  expect(
    new Set(waits.map((event) => ('error' in event ? event.error.message : ''))),
  ).toHaveProperty('size', waits.length)
})

test('the socket of a plugin that was killed is replaced; one that is answered is not', async () => {
  const node = createPluginNode('T4')
  const kubelet = await node.startKubelet()
  const path = join(node.folder, 'mig-nvml-gpu.sock')
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', program])
  expect(existsSync(path)).toBe(true)
  await node.start()
  await expectOffer(node, kubelet, 'nvidia.com/gpu')
  const second = await node.start()
  expect(await rejectionOf(second.ended)).toMatchObject({ code: 'MIG_PLUGIN_RUNNING' })
  await expectOffer(node, kubelet, 'nvidia.com/gpu')
  expect(kubelet.isConnected('nvidia.com/gpu')).toBe(true)
})

test("the plugin does not run beside NVIDIA's", async () => {
  const node = createPluginNode('T4')
  const other = createServer().listen(join(node.folder, 'nvidia-gpu.sock'))
  await new Promise((resolve) => other.once('listening', resolve))
  const error = await rejectionOf(node.start())
  expect(error).toMatchObject({ code: 'MIG_PLUGIN_RUNNING' })
  expect(error.message).toContain('nvidia-gpu.sock')
  other.close()
})

test('a device that an apply makes is offered when the apply has ended, and a container that wants one waits so long', async () => {
  const { node, kubelet } = await offering({ '1g.5gb': 1 })
  const { machine } = node.machine
  const [uuid = ''] = await uuidsOf(node, small)
  const apply = spawn('flock', [
    machine.library.lockFile ?? '',
    'sh',
    '-c',
    'echo changing; read x',
  ])
  await once(apply.stdout, 'data')
  await using nvml = await openNvml({ library: machine.library })
  const [gpu] = (await readMigState({ library: machine.library })).gpus
  if (gpu === undefined) throw new Error('there is no GPU')
  const profileId = gpu.geometry?.profiles.find(({ name }) => name === '1g.5gb')?.id ?? -1
  const { id } = await nvml.deviceCreateGpuInstance(gpu.uuid, profileId)
  await nvml.gpuInstanceCreateComputeInstance(gpu.uuid, id, 0)
  // What it writes into the specification comes after it has seen the new device.
  await expect
    .poll(() => readFileSync(node.specFile, 'utf8').match(/MIG-/g)?.length, patience)
    .toBe(2)
  const allocation = kubelet.allocate(small, uuid)
  expect(await isWaiting(allocation)).toBe(true)
  expect(lastOf(kubelet, small)).toEqual({ [uuid]: 'Healthy' })
  feed(apply, '\n')
  expect((await allocation).cdiDevices).toHaveLength(1)
  await expectOffer(node, kubelet, small)
  expect(await uuidsOf(node, small)).toHaveLength(2)
})

test('a container does not wait for ever: neither for a change that does not end nor for a driver that hangs', async () => {
  const { node, kubelet } = await offering({ '1g.5gb': 1 }, { allocateTimeoutMs: 50 })
  const { machine } = node.machine
  const [uuid = ''] = await uuidsOf(node, small)
  const apply = spawn('flock', [
    machine.library.lockFile ?? '',
    'sh',
    '-c',
    'echo changing; read x',
  ])
  const ended = once(apply, 'exit')
  await once(apply.stdout, 'data')
  expect(String(await reasonOf(kubelet.allocate(small, uuid)))).toMatch(/GPU 0 has been changing/)
  feed(apply, '\n')
  await ended
  machine.setLatency({ fn: 'nvmlDeviceGetMigMode', us: 1_000_000 })
  expect(String(await reasonOf(kubelet.allocate(small, uuid)))).toMatch(/driver has not answered/)
  machine.setLatency('none')
})

test('a layout that the strategy does not bear adds no device, says why, and the devices that stay are offered on', async () => {
  const node = createPluginNode('2x A100-SXM4-40GB +mig')
  await divide(node.machine.machine, { 0: { '3g.20gb': 2 }, 1: { '3g.20gb': 2 } })
  const kubelet = await node.startKubelet()
  await node.start({ strategy: 'single' })
  await expect
    .poll(() => Object.keys(lastOf(kubelet, 'nvidia.com/gpu') ?? {}).length, patience)
    .toBe(4)
  await divide(node.machine.machine, { 1: { '3g.20gb': 1, '1g.5gb': 1 } })
  await expect.poll(() => node.events.some(({ kind }) => kind === 'invalid'), patience).toBe(true)
  await expect
    .poll(() => Object.keys(lastOf(kubelet, 'nvidia.com/gpu') ?? {}).length, patience)
    .toBe(3)
  await divide(node.machine.machine, { 1: { '3g.20gb': 2 } })
  await expect
    .poll(() => Object.keys(lastOf(kubelet, 'nvidia.com/gpu') ?? {}).length, patience)
    .toBe(4)
})

test('a plugin that is closed ends its connections and removes its sockets', async () => {
  const node = createPluginNode('T4')
  const kubelet = await node.startKubelet()
  const plugin = await node.start()
  await expectOffer(node, kubelet, 'nvidia.com/gpu')
  await plugin.close()
  await plugin.ended
  await expect.poll(() => kubelet.isConnected('nvidia.com/gpu'), patience).toBe(false)
  expect(readdirSync(node.folder)).toEqual(['kubelet.sock'])
})

test('the kubelet gets the NUMA node of each GPU', async () => {
  const node = createPluginNode('8x H100 80GB HBM3 on dgx-h100')
  const kubelet = await node.startKubelet()
  await node.start()
  await expectOffer(node, kubelet, 'nvidia.com/gpu')
  const wanted = Object.fromEntries(
    node.machine.machine.describe().gpus.map(({ uuid, numaNode }) => [uuid, [numaNode]]),
  )
  expect(new Set(Object.values(wanted).flat()).size).toBeGreaterThan(1)
  expect(kubelet.nodesOf('nvidia.com/gpu')).toEqual(wanted)
})

test.each([
  [{ strategy: 'both' }],
  [{}],
  [{ strategy: 'mixed', ignoredXids: 'some' }],
  [{ strategy: 'mixed', cdi: { names: ['index'] } }],
  [{ strategy: 'mixed', deviceList: 'volume-mounts' }],
] as unknown as readonly [DevicePluginOptions][])(
  'startDevicePlugin refuses %j',
  async (options) => {
    expect(await reasonOf(startDevicePlugin(options))).toBeInstanceOf(TypeError)
  },
)
