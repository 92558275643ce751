import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listMigDevices, readMigState } from '../../../lib/index.js'
import type { SimulatedMachineSpec } from '../../../lib/simulator.js'
import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ControlPlane } from '../harness/control-plane.js'
import { type AgentStart, startAgent } from '../harness/node-agent.js'
import { kubeletLabel, type NodeKubelet, startNodeKubelet } from '../harness/node-kubelet.js'
import type { RunningProgram } from '../harness/program.js'
import { addNode, phaseOf, type SimulatedNode } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'

/** Configurations for GPUs of seven slices with 40 GB. */
export const configs = `
version: v1
mig-configs:
  none: [{devices: all, mig-enabled: false}]
  halves: [{devices: all, mig-enabled: true, mig-devices: {3g.20gb: 2}}]
  small: [{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}]
  five-and-one: [{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 5, 2g.10gb: 1}}]
  mixed: [{devices: all, mig-enabled: true, mig-devices: {3g.20gb: 1, 1g.5gb: 3}}]
  impossible: [{devices: all, mig-enabled: true, mig-devices: {7g.40gb: 2}}]
`

/** A node of the cluster with its machine, its kubelet and its agent. */
export interface AgentWorld extends AsyncDisposable {
  readonly node: SimulatedNode
  readonly kubelet: NodeKubelet
  agent(): RunningProgram
  /** Starts an agent, or another one after a kill. */
  start(options?: Partial<AgentStart>): Promise<RunningProgram>
  want(config: string): Promise<void>
  record(): Promise<AgentRecord | null>
  label(name: string): Promise<string | undefined>
  /** Until the label says so for this configuration, with nothing under way. */
  untilState(state: string, config: string): Promise<AgentRecord>
  /** `3g.20gb at 4 on GPU 0`, with the UUID of each. */
  layout(): Promise<ReadonlyMap<string, string>>
  object(): Promise<ClusterObject>
  /** The taints of the node. */
  taints(): Promise<readonly unknown[]>
  /** What the node has of a resource. */
  allocatable(resource: string): Promise<string | undefined>
  /** Creates a pod for MIG devices, and waits until it runs and has them. */
  runPod(name: string, resource: string, app?: string): Promise<void>
}

export async function createAgentWorld(
  cluster: ControlPlane,
  name: string,
  spec: SimulatedMachineSpec,
  /** Whether its kubelet has a device plugin. */
  isPlugged = true,
): Promise<AgentWorld> {
  const { admin } = cluster
  const node = await addNode(admin, name, spec)
  const kubelet = await startNodeKubelet(admin, node, isPlugged)
  const configFile = join(node.folder, 'configs.yaml')
  writeFileSync(configFile, configs)
  const nodeObject = { apiVersion: 'v1', resource: 'nodes', name }
  let agent: RunningProgram | undefined
  const running: RunningProgram[] = []

  const object = async (): Promise<ClusterObject> => {
    const found = await admin.get(nodeObject)
    if (found === null) throw new Error(`no node ${name}`)
    return found
  }
  const record = async (): Promise<AgentRecord | null> => {
    const text = (await object()).metadata.annotations?.['mig-nvml/agent']
    return text === undefined ? null : (JSON.parse(text) as AgentRecord)
  }
  const label = async (key: string): Promise<string | undefined> =>
    (await object()).metadata.labels?.[key]

  return {
    node,
    kubelet,
    record,
    label,
    object,
    agent() {
      if (agent === undefined) throw new Error('no agent has been started')
      return agent
    },
    async start(options = {}) {
      agent = await startAgent(cluster, node, { kubelet, configFile, ...options })
      running.push(agent)
      return agent
    },
    async want(config) {
      await admin.merge(nodeObject, { metadata: { labels: { 'nvidia.com/mig.config': config } } })
    },
    async untilState(state, config) {
      return until(
        `${name} to be ${state} with ${config}`,
        async () => {
          if (agent?.ended() != null) throw new Error(`${agent.ended()}:\n${agent.log()}`)
          if ((await label('nvidia.com/mig.config.state')) !== state) return null
          const now = await record()
          return now?.step === 'idle' && now.config === config ? now : null
        },
        // Three attempts with their back-off.
        400_000,
      ).catch(async (error: unknown) => {
        const text = JSON.stringify(await record().catch(() => null), null, 2)
        throw new Error(`${String(error)}\n${text}\n${agent?.log()}`, { cause: error })
      })
    },
    async layout() {
      const state = await readMigState({ library: node.machine.library })
      return new Map(
        listMigDevices(state).map(({ name: size, gpuIndex, placement, uuid }) => [
          `${size} at ${placement?.start} on GPU ${gpuIndex}`,
          String(uuid),
        ]),
      )
    },
    async taints() {
      const { taints } = (await object())['spec'] as { readonly taints?: readonly unknown[] }
      return taints ?? []
    },
    async allocatable(resource) {
      const status = (await object())['status'] as { readonly allocatable?: Record<string, string> }
      return status.allocatable?.[resource]
    },
    async runPod(pod, resource, app = pod) {
      await createPod(admin, name, pod, resource, app)
      await until(`pod ${pod} to have its device`, async () => {
        const now = await admin.get({ ...podsOf, name: pod })
        return (
          phaseOf(now) === 'Running' && kubelet.held().some((each) => each.pod === `default/${pod}`)
        )
      })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((program) => program.stop('SIGKILL')))
      await kubelet[Symbol.asyncDispose]()
      await admin.remove(nodeObject)
      node[Symbol.dispose]()
    },
  }
}

export const podsOf = { apiVersion: 'v1', resource: 'pods', namespace: 'default' }

/** A pod for a node with these GPUs; the scheduler decides. */
export async function createPod(
  admin: ClusterClient,
  node: string,
  name: string,
  resource: string,
  app = name,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  await admin.create(podsOf, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app, [kubeletLabel]: node, ...labels } },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': node },
      containers: [{ name: 'main', image: 'none', resources: { limits: { [resource]: '1' } } }],
    },
  })
}

/** A budget for the pods of an app, which the disruption controller has seen. */
export async function createBudget(
  admin: ClusterClient,
  app: string,
  minAvailable: number,
): Promise<void> {
  const budgets = {
    apiVersion: 'policy/v1',
    resource: 'poddisruptionbudgets',
    namespace: 'default',
  }
  await admin.create(budgets, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: app },
    spec: { minAvailable, selector: { matchLabels: { app } } },
  })
  await until(`the budget ${app} to count its pods`, async () => {
    const status = (await admin.get({ ...budgets, name: app }))?.['status'] as
      | { readonly observedGeneration?: number; readonly currentHealthy?: number }
      | undefined
    return status?.observedGeneration === 1 && (status.currentHealthy ?? 0) >= minAvailable
  })
}

/** The messages of the events about a node. */
export async function eventsOf(admin: ClusterClient, node: string): Promise<readonly string[]> {
  const { items } = await admin.list(
    { apiVersion: 'v1', resource: 'events', namespace: 'default' },
    { fieldSelector: `involvedObject.name=${node}` },
  )
  return items.map((event) => String(event['message']))
}
