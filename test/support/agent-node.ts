import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runNodeAgent } from '../../lib/agent/loop/run-agent.js'
import type { NodeAgentOptions } from '../../lib/agent/node/context.js'
import { listMigDevices, readMigState } from '../../lib/index.js'
import { resourceNames } from '../../lib/kubernetes.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { AgentDecision, AgentRecord } from '../../types/kubernetes/agent.js'
import type { ClusterMetadata, ClusterObject } from '../../types/kubernetes/cluster-client.js'
import type { KubeletPod } from '../../types/kubernetes/kubelet.js'
import type { MigState, MigUuid } from '../../types/model/state.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { createFakeClock, type FakeClock } from './fake-clock.js'
import { createFakeCluster, type FakeCluster } from './fake-cluster.js'

export const nodeName = 'node-1'

export interface PodSpec {
  readonly name: string
  readonly namespace?: string
  /** The MIG device or the GPU that the kubelet has given to it. */
  readonly device?: string
  /** The names of the devices that the scheduler has allocated to its ResourceClaim. */
  readonly claimed?: readonly string[]
  /** Whose devices these are. Default: NVIDIA's driver. */
  readonly draDriver?: string
  /** What its container asks for. */
  readonly wants?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly owner?: 'DaemonSet' | 'ReplicaSet'
  readonly priority?: number
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly phase?: string
  readonly command?: readonly string[]
}

/** A node with a simulated machine, and the controllers of a cluster as far as an agent meets them. */
export interface AgentNodeWorld {
  readonly machine: SimulatedMachine
  readonly cluster: FakeCluster
  readonly clock: FakeClock
  readonly lines: string[]
  readonly decisions: AgentDecision[]
  /** The document of configurations. */
  writeConfig(text: string): void
  node(): ClusterObject
  label(name: string): string | undefined
  setLabel(name: string, value: string | undefined): void
  record(): AgentRecord
  addPod(pod: PodSpec): void
  /** The kubelet gives a device to a pod that is there. */
  giveDevice(pod: string, device: string): void
  /** Ends `namespace/name`, and lets its device go. */
  endPod(pod: string): void
  /** The devices that the kubelet has given out, by pod. */
  held(): ReadonlyMap<string, string>
  podNames(): readonly string[]
  state(): Promise<MigState>
  /** `3g.20gb at 4` of GPU 0, and so on. */
  layout(): Promise<readonly string[]>
  device(name: string, start: number): Promise<MigUuid>
  start(options?: Partial<NodeAgentOptions>): RunningAgent
  /** Time passes until this holds; controllers act in between. */
  until(condition: () => boolean): Promise<void>
  /** Until the label says so, with nothing under way. */
  untilState(state: string, run?: number): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface RunningAgent {
  /** Ends it as SIGTERM does. */
  stop(): Promise<void>
  readonly ended: Promise<void>
}

export function createAgentNode(
  spec: string,
  {
    labels = {},
    taints,
    clients = [],
    hasKubelet = true,
    onEnd = () => {},
    lingers = () => false,
  }: {
    readonly labels?: Readonly<Record<string, string>>
    readonly taints?: readonly object[]
    /** Names of DaemonSets that the label `nvidia.com/gpu.deploy.NAME` selects. */
    readonly clients?: readonly string[]
    /** Default true; else the agent does not ask the kubelet. */
    readonly hasKubelet?: boolean
    /** A pod ends, and lets its device go. */
    readonly onEnd?: (pod: string) => void
    /** Whether a pod that was evicted is still there. */
    readonly lingers?: (pod: string) => boolean
  } = {},
): AgentNodeWorld {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-agent-'))
  const machine = createSimulatedMachine(spec)
  const { library } = machine
  const cluster = createFakeCluster()
  const clock = createFakeClock()
  const held = new Map<string, string>()
  const lines: string[] = []
  const decisions: AgentDecision[] = []
  const agents = new Set<RunningAgent>()
  const configFile = join(folder, 'config.yaml')
  let pods = 0
  let pluginStarts = 0
  cluster.put('nodes', {
    metadata: { name: nodeName, uid: 'uid-of-the-node', labels },
    spec: taints === undefined ? {} : { taints },
    status: { allocatable: {}, conditions: [{ type: 'Ready', status: 'True' }] },
  })

  const node = (): ClusterObject => {
    const found = cluster.find('nodes', nodeName)
    if (found === undefined) throw new Error('the node is gone')
    return found
  }
  const label = (name: string): string | undefined => node().metadata.labels?.[name]

  function addPod(pod: PodSpec): void {
    const { name, namespace = 'team-a', device, owner = 'ReplicaSet', command } = pod
    const { draDriver: driver = 'gpu.nvidia.com' } = pod
    pods += 1
    const metadata: ClusterMetadata = {
      name,
      namespace,
      uid: `uid-${pods}-of-${name}`,
      labels: pod.labels ?? {},
      annotations: pod.annotations ?? {},
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: owner, name: 'owner', uid: 'owner', controller: true },
      ],
    }
    cluster.put('pods', {
      metadata,
      spec: {
        nodeName,
        priority: pod.priority ?? 0,
        nodeSelector: pod.nodeSelector ?? {},
        containers: [
          {
            name: 'main',
            ...(command === undefined ? {} : { command }),
            ...(pod.wants === undefined ? {} : { resources: { limits: { [pod.wants]: '1' } } }),
          },
        ],
        ...(pod.claimed === undefined
          ? {}
          : { resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'gpu' }] }),
      },
      status: {
        phase: pod.phase ?? 'Running',
        ...(pod.claimed === undefined
          ? {}
          : { resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: `${name}-gpu` }] }),
      },
    })
    if (pod.claimed !== undefined) {
      const results = pod.claimed.map((device) => ({
        request: 'gpu',
        driver,
        pool: nodeName,
        device,
      }))
      const status = { allocation: { devices: { results } } }
      cluster.put('resourceclaims', { metadata: { name: `${name}-gpu`, namespace }, status })
    }
    if (device !== undefined) held.set(`${namespace}/${name}`, device)
  }

  function endPod(pod: string): void {
    const [namespace, name = ''] = pod.split('/')
    onEnd(pod)
    held.delete(pod)
    cluster.drop('pods', name, namespace)
  }

  /** Pods that were evicted end; DaemonSets follow their labels. */
  function runControllers(): void {
    for (const { metadata } of cluster.all('pods'))
      if (metadata.deletionTimestamp !== undefined) {
        const pod = `${metadata.namespace}/${metadata.name}`
        if (!lingers(pod)) endPod(pod)
      }
    for (const client of clients) {
      const selector = `nvidia.com/gpu.deploy.${client}`
      const isThere = cluster.find('pods', client, 'gpu-operator') !== undefined
      const isWanted = label(selector) === 'true'
      if (isThere && !isWanted) cluster.drop('pods', client, 'gpu-operator')
      if (!isThere && isWanted && client === 'device-plugin') pluginStarts += 1
      if (!isThere && isWanted)
        addPod({
          name: client,
          namespace: 'gpu-operator',
          owner: 'DaemonSet',
          nodeSelector: { [selector]: 'true' },
        })
    }
  }

  /** What the device plugin registers when it starts, and the kubelet advertises. */
  let advertisedStart = 0
  async function advertise(): Promise<void> {
    const start = pluginStarts
    if (cluster.find('pods', 'device-plugin', 'gpu-operator') === undefined) return
    if (advertisedStart === start) return
    const resources = resourceNames(await readMigState({ library }), { strategy: 'mixed' })
    const counts = Object.fromEntries(
      Object.entries(resources).map(([name, devices]) => [name, String(devices.length)]),
    )
    advertisedStart = start
    cluster.edit('nodes', nodeName, (object) => {
      const status = Object(object['status']) as { allocatable?: Record<string, string> }
      const zero = Object.fromEntries(
        Object.keys(status.allocatable ?? {}).map((key) => [key, '0']),
      )
      return { ...object, status: { ...status, allocatable: { ...zero, ...counts } } }
    })
  }

  const world: AgentNodeWorld = {
    machine,
    cluster,
    clock,
    lines,
    decisions,
    writeConfig: (text) => writeFileSync(configFile, text),
    node,
    label,
    setLabel(name, value) {
      cluster.edit('nodes', nodeName, (object) => {
        const { [name]: _, ...others } = object.metadata.labels ?? {}
        const after = value === undefined ? others : { ...others, [name]: value }
        return { ...object, metadata: { ...object.metadata, labels: after } }
      })
    },
    record: () => JSON.parse(node().metadata.annotations?.['mig-nvml/agent'] ?? '{}'),
    addPod,
    giveDevice: (pod, device) => void held.set(pod, device),
    endPod,
    held: () => held,
    podNames: () =>
      cluster
        .all('pods')
        .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
        .sort(),
    state: () => readMigState({ library }),
    async layout() {
      return listMigDevices(await readMigState({ library })).map(
        ({ gpuIndex, name, placement }) => `GPU ${gpuIndex}: ${name} at ${placement?.start}`,
      )
    },
    async device(name, start) {
      const devices = listMigDevices(await readMigState({ library }))
      const found = devices.find(
        (device) => device.name === name && device.placement?.start === start,
      )
      if (found?.uuid == null) throw new Error(`no ${name} at ${start}`)
      return found.uuid
    },
    start(options = {}) {
      const abort = new AbortController()
      const kubelet = {
        async listPods(): Promise<readonly KubeletPod[]> {
          return [...held].map(([pod, device]) => {
            const [namespace = '', name = ''] = pod.split('/')
            const devices = [{ resource: 'nvidia.com/mig-1g.5gb', ids: [device], numaNodes: [] }]
            return { namespace, name, containers: [{ name: 'main', devices, claims: [] }] }
          })
        },
      }
      const ended = runNodeAgent(
        {
          node: nodeName,
          cluster,
          ...(hasKubelet ? { kubelet } : {}),
          configFile,
          stateFolder: join(folder, 'state'),
          library,
          settings: {},
          intervalMs: 60_000,
          clock,
          readBootId: () => 'boot-1',
          log: (line) => lines.push(line),
          signal: abort.signal,
          ...options,
        },
        (decision) => decisions.push(decision),
      )
      ended.catch(() => {})
      const agent: RunningAgent = {
        ended,
        async stop() {
          agents.delete(agent)
          abort.abort(new Error('the test ends it'))
          await ended
        },
      }
      agents.add(agent)
      return agent
    },
    until: async (condition) => {
      let pending: Promise<void> = Promise.resolve()
      await clock.until(condition, () => {
        runControllers()
        pending = pending.then(advertise)
      })
      await pending
    },
    untilState: (state, run) =>
      world.until(() => {
        const { step, run: now } = world.record()
        const isOver = step === 'idle' && (run === undefined || now === run)
        return isOver && label('nvidia.com/mig.config.state') === state
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all([...agents].map((agent) => agent.stop()))
      machine.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  runControllers()
  return world
}
