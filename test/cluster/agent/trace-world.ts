import { join } from 'node:path'
import { expect } from 'vitest'
import { listMigDevices } from '../../../lib/index.js'
import { planRebalance, readNodeLayout, readRebalanceProblem } from '../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { RebalanceRecord } from '../../../types/kubernetes/rebalance-cluster.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { installAgentAccount } from '../harness/node-agent.js'
import { kubeletLabel } from '../harness/node-kubelet.js'
import { type RunningProgram, startProgram } from '../harness/program.js'
import { phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { type AgentWorld, podsOf } from './agent-world.js'
import { cliMain, createRebalanceNode, deviceSpec, hasPublished } from './rebalance-world.js'
import { installRebalancer } from './rebalancer-account.js'

const lease = {
  apiVersion: 'coordination.k8s.io/v1',
  resource: 'leases',
  namespace: 'gpu',
  name: 'mig-nvml-rebalance',
}

/** A cluster at rest: neither scheduler nor rebalancer nor an agent has anything left to do. */
export interface Settled {
  /** The pods that run, and the device of each: the UID of the pod, and the UUID of the device. */
  readonly running: ReadonlyMap<string, string>
  /** Pods for which no change of the layouts has room. */
  readonly waiting: readonly string[]
  readonly failed: readonly string[]
}

/** Simulated nodes of a real cluster, with their agents and one rebalancer, to which pods come and go. */
export interface TraceWorld extends AsyncDisposable {
  readonly worlds: readonly AgentWorld[]
  readonly rebalancer: RunningProgram
  /** Changes of a node since the start, by the names of their configurations. */
  readonly changes: ReadonlySet<string>
  /** Those of them that were taken back. */
  readonly takenBack: ReadonlySet<string>
  create(name: string, size: string): Promise<void>
  /** Until the pods are gone. */
  remove(names: readonly string[]): Promise<void>
  settled(): Promise<Settled>
  /** Driver, kubelet, layout and node name the same devices. */
  expectAgreement(): Promise<void>
  /** Kills the rebalancer and starts another. */
  killRebalancer(): Promise<void>
  /** Kills the agent of a node and starts another. */
  killAgent(node: number): Promise<void>
}

export async function createTraceWorld(nodes: number, gpus: number): Promise<TraceWorld> {
  const cluster = await startControlPlane()
  const { admin } = cluster
  await installAgentAccount(cluster)
  const kubeconfig = await installRebalancer(cluster)
  const worlds: AgentWorld[] = []
  for (let node = 1; node <= nodes; node++)
    worlds.push(await createRebalanceNode(cluster, `trace-${node}`, [], `${gpus}x a100-40gb +mig`))
  const rebalancer = startRebalancer(cluster, kubeconfig, nodes)
  const changes = new Set<string>()
  const takenBack = new Set<string>()

  const list = async (resource: string): Promise<readonly ClusterObject[]> =>
    (await admin.list({ apiVersion: 'v1', resource })).items

  function noteChanges(objects: readonly ClusterObject[]): boolean {
    const records = objects.flatMap((node) => recordOf(node) ?? [])
    for (const { config, state, since } of records) {
      const isBack = state === 'returning' || state === 'back'
      if (isBack) takenBack.add(since)
      else changes.add(config)
    }
    return records.some(({ state }) => state === 'going' || state === 'returning')
  }

  /** Throws what is still under way. */
  async function lookForRest(): Promise<Settled> {
    const objects = await list('nodes')
    const pods = (await list('pods')).filter(({ metadata }) => metadata.namespace === 'default')
    const named = (phase: string): readonly string[] =>
      pods.filter((pod) => phaseOf(pod) === phase).map(({ metadata }) => metadata.name ?? '')
    if (noteChanges(objects)) throw new Error('a node is being changed')
    const held = worlds.flatMap(({ kubelet }) => kubelet.held())
    if (!hasPublished(objects, worlds)) throw new Error('the layouts are not those of the kubelets')
    if (held.length !== named('Running').length) throw new Error('a pod starts or ends')
    const { problem, leftOut } = readRebalanceProblem({ nodes: objects, pods })
    if (leftOut.length > 0) throw new Error(`left out: ${JSON.stringify(leftOut)}`)
    const waiting = problem.pods.map(({ id }) => id.slice('default/'.length))
    if (waiting.length < named('Pending').length) throw new Error('a pod is new to the scheduler')
    const { changes: left, admitted, objective } = await planRebalance(problem)
    if (left.length + admitted.length > 0) throw new Error(`fits: ${JSON.stringify(admitted)}`)
    for (const { name, value, lowerBound } of objective)
      if (name === 'waiting' && value !== lowerBound) throw new Error('not proven to be the most')
    const running = held.map(
      ({ pod, uid, device }) => [pod.slice('default/'.length), `${uid} ${device}`] as const,
    )
    return { running: new Map(running), waiting, failed: named('Failed') }
  }

  return {
    worlds,
    rebalancer,
    changes,
    takenBack,
    async create(name, size) {
      await admin.create(podsOf, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels: { [kubeletLabel]: 'any' } },
        spec: deviceSpec(`nvidia.com/mig-${size}`),
      })
    },
    async remove(names) {
      await Promise.all(names.map((name) => admin.remove({ ...podsOf, name })))
      await until('the pods to be gone', async () => {
        const left = (await list('pods')).map(({ metadata }) => metadata.name ?? '')
        return !names.some((name) => left.includes(name))
      })
    },
    settled: () => until('the layouts to follow the pods', lookForRest, 240_000),
    async expectAgreement() {
      for (const each of worlds) {
        const { metadata, status } = await each.object()
        const devices = await each.layout()
        const published = readNodeLayout(metadata.annotations?.['mig-nvml/layout'] ?? '')
        const seen = listMigDevices(published.state).map(({ uuid }) => String(uuid))
        expect(seen.sort()).toEqual([...devices.values()].sort())
        expect([...devices.values()]).toEqual(
          expect.arrayContaining(each.kubelet.held().map(({ device }) => device)),
        )
        const counts = new Map<string, number>()
        for (const place of devices.keys()) {
          const resource = `nvidia.com/mig-${place.split(' ')[0]}`
          counts.set(resource, (counts.get(resource) ?? 0) + 1)
        }
        const { allocatable = {} } = (status ?? {}) as {
          readonly allocatable?: Readonly<Record<string, string>>
        }
        const offered = Object.entries(allocatable)
          .filter(([name, count]) => name.startsWith('nvidia.com/mig-') && count !== '0')
          .map(([name, count]) => [name, Number(count)] as const)
        expect(new Map(offered)).toEqual(counts)
      }
    },
    async killRebalancer() {
      await rebalancer.stop('SIGKILL')
      // It would stay for a minute.
      await admin.remove(lease)
      rebalancer.start()
    },
    async killAgent(node) {
      const world = worlds[node]
      await world?.agent().stop('SIGKILL')
      world?.agent().start()
    },
    async [Symbol.asyncDispose]() {
      await rebalancer.stop('SIGKILL')
      await Promise.all(worlds.map((world) => world[Symbol.asyncDispose]()))
      await cluster[Symbol.asyncDispose]()
    },
  }
}

function startRebalancer(
  { folder }: ControlPlane,
  kubeconfig: string,
  nodes: number,
): RunningProgram {
  return startProgram({
    name: 'rebalancer',
    path: process.execPath,
    args: [
      ...[cliMain, 'rebalance', '--watch', '--namespace=gpu', `--kubeconfig=${kubeconfig}`],
      ...['--after=0', '--rest=0', '--interval=1', `--max-unavailable=${nodes}`],
    ],
    logFile: join(folder, 'rebalancer.log'),
  })
}

function recordOf({ metadata }: ClusterObject): RebalanceRecord | null {
  return JSON.parse(metadata.annotations?.['mig-nvml/rebalance-record'] ?? 'null')
}
