// A real kubelet and a real containerd: what pods get of a simulated machine. No NVIDIA driver is there, so a program that opens a
// node would get "No such device or address".
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connectKubelet } from '../../../lib/agent/kubelet/connect-kubelet.js'
import { listContainerDevices } from '../../../lib/containers.js'
import { readMigState } from '../../../lib/index.js'
import { claimTemplate, deviceClasses, resourceSlices } from '../../../lib/kubernetes.js'
import type { ContainerDevice } from '../../../types/containers/device.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import { nodesOf, printNodes, readNodes } from '../../support/container-nodes.js'
import { divide } from '../../support/machine-root.js'
import { createRootedMachine, type RootedMachine } from '../../support/rooted-machine.js'
import { configs } from '../agent/agent-world.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { installAgentAccount, startAgent } from '../harness/node-agent.js'
import { type RunningProgram, startProgram } from '../harness/program.js'
import { until } from '../harness/until.js'
import { hasNoRealNode, type RealNode, runPod, startRealNode } from './real-node.js'

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const resources = { apiVersion: 'resource.k8s.io/v1', namespace: 'default' }
const slices = { apiVersion: 'resource.k8s.io/v1', resource: 'resourceslices' }
const pods = { apiVersion: 'v1', resource: 'pods', namespace: 'default' }

describe.skipIf(hasNoRealNode())('a real kubelet with containerd', () => {
  let cluster: ControlPlane
  let node: RealNode
  let rooted: RootedMachine
  const programs: RunningProgram[] = []
  beforeAll(async () => {
    rooted = createRootedMachine('A100-SXM4-40GB', { store: true })
    cluster = await startControlPlane()
    await installAgentAccount(cluster)
    node = await startRealNode(cluster, 'real-1')
  })
  afterEach(async () => {
    const { items } = await cluster.admin.list(pods)
    for (const { metadata } of items)
      await cluster.admin.remove({ ...pods, name: metadata.name ?? '' })
    await until('the pods to go', async () => (await cluster.admin.list(pods)).items.length === 0)
    // Last, because the kubelet ends a pod with a claim only with the driver of the claim.
    await Promise.all(programs.splice(0).map((program) => program.stop()))
  })
  afterAll(async () => {
    await node?.[Symbol.asyncDispose]()
    await cluster?.[Symbol.asyncDispose]()
    rooted[Symbol.dispose]()
  })

  function startPlugin(): RunningProgram {
    const program = startProgram({
      name: 'device-plugin',
      path: process.execPath,
      args: [
        ...[cli, 'device-plugin', '--strategy=mixed', '--interval-ms=50'],
        `--kubelet-dir=${join(node.kubeletFolder, 'device-plugins')}`,
        `--cdi-file=${join(node.runtime.specs, 'plugin.json')}`,
      ],
      env: { ...process.env, ...rooted.machine.env, MIG_NVML_ROOT: rooted.root },
      logFile: join(rooted.folder, 'device-plugin.log'),
    })
    programs.push(program)
    return program
  }

  async function startDra(): Promise<RunningProgram> {
    const program = startProgram({
      name: 'dra-driver',
      path: process.execPath,
      args: [
        ...[cli, 'dra-driver', `--node-name=${node.name}`, '--interval-ms=50'],
        `--kubeconfig=${cluster.kubeconfig}`,
        `--kubelet-dir=${join(node.kubeletFolder, 'plugins_registry')}`,
        `--cdi-file=${join(node.runtime.specs, 'dra.json')}`,
      ],
      env: { ...process.env, ...rooted.machine.env, MIG_NVML_ROOT: rooted.root },
      logFile: join(rooted.folder, 'dra-driver.log'),
    })
    programs.push(program)
    return program
  }

  /** The devices in the newest generation of the pool. */
  async function published(): Promise<readonly string[]> {
    const { items } = await cluster.admin.list(slices, {
      fieldSelector: `spec.nodeName=${node.name}`,
    })
    const specs = items.map((item) => item['spec'] as ResourceSlice['spec'])
    const newest = Math.max(0, ...specs.map(({ pool }) => pool.generation))
    return specs
      .filter(({ pool }) => pool.generation === newest)
      .flatMap(({ devices = [] }) => devices.map(({ name }) => name))
      .sort()
  }

  const untilPublished = (...names: readonly string[]): Promise<boolean> =>
    until(`the slices to have ${names.join(', ')}`, async () => {
      const now = await published()
      return now.length === names.length && names.every((name) => now.includes(name))
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${programs.at(-1)?.log()}`, { cause: error })
    })

  const nodeObject = (): Promise<ClusterObject | null> =>
    cluster.admin.get({ apiVersion: 'v1', resource: 'nodes', name: node.name })

  async function untilAllocatable(resource: string, count: number): Promise<void> {
    await until(`${count} of ${resource}`, async () => {
      const status = (await nodeObject())?.['status'] as { allocatable?: Record<string, string> }
      return status.allocatable?.[resource] === String(count)
    })
  }

  const limits = (resource: string): object => ({ limits: { [resource]: '1' } })

  test('a pod that requests nvidia.com/mig-3g.20gb has exactly the nodes of one such device, and those of the driver', async () => {
    await divide(rooted.machine, { 0: { '3g.20gb': 1, '1g.5gb': 3 } })
    startPlugin()
    await untilAllocatable('nvidia.com/mig-3g.20gb', 1)
    await runPod(cluster, node, 'large', printNodes, {
      resources: limits('nvidia.com/mig-3g.20gb'),
    })
    const { nodes } = readNodes(await node.output('large'))
    const state = await readMigState(rooted.options)
    const large = listContainerDevices(state).find(
      (device) => device.kind === 'mig' && device.name === '3g.20gb',
    ) as ContainerDevice
    expect(nodes).toEqual(nodesOf(state, [large]))
  })

  test('the agent evicts the two pods that are in the way of a plan, by what the kubelet lists, and five containers run on', async () => {
    await divide(rooted.machine, { 0: { '1g.5gb': 7 } })
    startPlugin()
    await untilAllocatable('nvidia.com/mig-1g.5gb', 7)
    const names = Array.from({ length: 7 }, (_, index) => `train-${index}`)
    for (const name of names)
      await runPod(cluster, node, name, 'true', { resources: limits('nvidia.com/mig-1g.5gb') })
    const before = await containers()
    expect(before).toHaveLength(7)

    const configFile = join(rooted.folder, 'configs.yaml')
    writeFileSync(configFile, configs)
    const agent = await startAgent(
      cluster,
      { ...rooted, name: node.name },
      {
        kubelet: { socket: join(node.kubeletFolder, 'pod-resources/kubelet.sock') },
        configFile,
      },
    )
    programs.push(agent)
    await cluster.admin.merge(
      { apiVersion: 'v1', resource: 'nodes', name: node.name },
      { metadata: { labels: { 'nvidia.com/mig.config': 'five-and-one' } } },
    )
    await until('the agent to succeed', async () => {
      const { metadata } = (await nodeObject()) as ClusterObject
      return metadata.labels?.['nvidia.com/mig.config.state'] === 'success'
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${agent.log()}`, { cause: error })
    })
    await untilAllocatable('nvidia.com/mig-2g.10gb', 1)
    await untilAllocatable('nvidia.com/mig-1g.5gb', 5)
    await until('two pods to be gone', async () => (await containers()).length === 5)
    const after = await containers()
    expect(before).toEqual(expect.arrayContaining([...after]))
  })

  test('a pod with a claim for a 3g.20gb has exactly the nodes of its MIG device, with the DRA driver, its slices and its classes', async () => {
    await divide(rooted.machine, { 0: { '3g.20gb': 1, '1g.5gb': 3 } })
    await createClasses()
    await startDra()
    await until('four devices', async () => (await published()).length === 4)
    const claim = claimTemplate({ gpu: { profile: '3g.20gb' } }, { name: 'large' })
    await cluster.admin.create({ ...resources, resource: 'resourceclaimtemplates' }, { ...claim })
    await runPod(cluster, node, 'claiming', printNodes, {
      pod: { resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'large' }] },
      resources: { claims: [{ name: 'gpu' }] },
    })
    const { nodes } = readNodes(await node.output('claiming'))
    const state = await readMigState(rooted.options)
    const large = listContainerDevices(state).find(
      (device) => device.kind === 'mig' && device.name === '3g.20gb',
    ) as ContainerDevice
    expect(nodes).toEqual(nodesOf(state, [large]))
    // The kubelet lists the claim, so the agent knows the pod.
    using kubelet = await connectKubelet({
      socket: join(node.kubeletFolder, 'pod-resources/kubelet.sock'),
    })
    const [pod] = (await kubelet.listPods()).filter(({ name }) => name === 'claiming')
    const device = pod?.containers[0]?.claims[0]?.devices[0]
    expect(device).toMatchObject({ driver: 'gpu.nvidia.com', pool: node.name })
    expect(device?.cdiDevices).toEqual([`k8s.gpu.nvidia.com/device=${large.names.uuid}`])
  })

  test('the slices follow the layout, and come back after a restart of the kubelet and of the DRA driver', async () => {
    await divide(rooted.machine, { 0: { '1g.5gb': 2 } })
    const driver = await startDra()
    await until('two devices', async () => (await published()).length === 2)
    await divide(rooted.machine, { 0: { '3g.20gb': 2 } })
    await untilPublished('gpu-0-mig-3g20gb-9-0', 'gpu-0-mig-3g20gb-9-4')
    // A kubelet that starts deletes the slices of its node.
    await node.kubelet.stop('SIGKILL')
    node.kubelet.start()
    const registrations = (): number => driver.log().split('registered with the kubelet').length - 1
    await until('the second registration', () => registrations() >= 2)
    await untilPublished('gpu-0-mig-3g20gb-9-0', 'gpu-0-mig-3g20gb-9-4')
    await driver.stop('SIGKILL')
    await divide(rooted.machine, { 0: { '7g.40gb': 1 } })
    driver.start()
    await untilPublished('gpu-0-mig-7g40gb-0-0')
    const { items } = await cluster.admin.list(slices)
    expect(items.map(({ metadata }) => metadata.ownerReferences)).toMatchObject([
      [{ kind: 'Node', name: node.name, controller: true }],
    ])
  })

  test('the DRA driver ends beside the slices of another driver, and leaves them', async () => {
    await divide(rooted.machine, { 0: { '1g.5gb': 2 } })
    const [slice] = resourceSlices(await readMigState(rooted.options), {
      node: node.name,
      partitions: 'existing',
    })
    // The kubelet removes the slices of a driver that is gone after half a minute, if it has seen that driver since it started.
    const listed = async () => (await cluster.admin.list(slices)).items
    await until('no slice', async () => (await listed()).length === 0, 60_000).catch(async () => {
      for (const { metadata } of await listed())
        await cluster.admin.remove({ ...slices, name: metadata.name ?? '' })
    })
    await cluster.admin.create(slices, { ...(slice as ResourceSlice) })
    const driver = await startDra()
    await until('the end of the driver', () => driver.ended() !== null)
    expect(driver.log()).toContain(`another driver publishes gpu.nvidia.com on node ${node.name}`)
    const { items } = await cluster.admin.list(slices)
    expect(items).toMatchObject([{ spec: { pool: { generation: 1 } } }])
    await cluster.admin.remove({ ...slices, name: slice?.metadata.name ?? '' })
  })

  async function createClasses(): Promise<void> {
    for (const item of deviceClasses(['3g.20gb']))
      await cluster.admin.create(
        { apiVersion: resources.apiVersion, resource: 'deviceclasses' },
        {
          ...item,
        },
      )
  }

  /** `pod container restarts` of every pod. */
  async function containers(): Promise<readonly string[]> {
    const { items } = await cluster.admin.list(pods)
    return items.map(({ metadata, status }) => {
      const { containerStatuses: [first] = [] } = status as {
        containerStatuses?: readonly { containerID: string; restartCount: number }[]
      }
      return `${metadata.name} ${first?.containerID} ${first?.restartCount}`
    })
  }
})
