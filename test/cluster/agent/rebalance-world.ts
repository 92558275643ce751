import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { applyMigConfig } from '../../../lib/index.js'
import { readNodeLayout } from '../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { RebalanceRecord } from '../../../types/kubernetes/rebalance-cluster.js'
import type { ControlPlane } from '../harness/control-plane.js'
import { kubeletLabel } from '../harness/node-kubelet.js'
import { phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { type AgentWorld, createAgentWorld, podsOf } from './agent-world.js'

export const cliMain = join(fileURLToPath(new URL('../../..', import.meta.url)), 'dist/cli/main.js')

const nodesOf = { apiVersion: 'v1', resource: 'nodes' }

/** A node whose agent publishes its layout each second, and whose devices pods get by size. Each of its GPUs has these instances. */
export async function createRebalanceNode(
  cluster: ControlPlane,
  name: string,
  placements: readonly { readonly profile: string; readonly start: number }[],
  spec = 'a100-40gb +mig',
): Promise<AgentWorld> {
  const world = await createAgentWorld(cluster, name, spec)
  const entry = { devices: 'all' as const, 'mig-enabled': true, placements }
  await applyMigConfig(
    { version: 'mig-nvml/v1', 'mig-configs': { now: [entry] } },
    { library: world.node.machine.library },
  )
  await cluster.admin.merge(
    { ...nodesOf, name },
    { metadata: { labels: { 'nvidia.com/mig.strategy': 'mixed' } } },
  )
  await world.start({ args: ['--layout-interval=1'] })
  return world
}

/** What the rebalancer has written on a node. */
export async function rebalanceRecordOf(world: AgentWorld): Promise<RebalanceRecord | null> {
  const { annotations } = (await world.object()).metadata
  return JSON.parse(annotations?.['mig-nvml/rebalance-record'] ?? 'null')
}

/** The spec of a pod that any node may have, for one device. */
export function deviceSpec(
  resource: string,
  requests: Readonly<Record<string, string>> = {},
): object {
  const resources = { limits: { [resource]: '1' }, requests: { [resource]: '1', ...requests } }
  return { containers: [{ name: 'main', image: 'none', resources }] }
}

/** Creates a pod that any node may have, and waits until the scheduler has found none. */
export async function createWaitingPod(
  { admin }: ControlPlane,
  name: string,
  resource: string,
  requests: Readonly<Record<string, string>> = {},
): Promise<void> {
  await admin.create(podsOf, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { [kubeletLabel]: 'any' } },
    spec: deviceSpec(resource, requests),
  })
  await until(`the scheduler to find no node for ${name}`, async () =>
    isUnschedulable(await admin.get({ ...podsOf, name })),
  )
}

function isUnschedulable(pod: ClusterObject | null): boolean {
  const { conditions = [] } = (pod?.['status'] ?? {}) as {
    readonly conditions?: readonly { readonly reason?: string }[]
  }
  return conditions.some(({ reason }) => reason === 'Unschedulable')
}

export async function untilRunning({ admin }: ControlPlane, name: string): Promise<void> {
  await until(
    `pod ${name} to run`,
    async () => phaseOf(await admin.get({ ...podsOf, name })) === 'Running',
  )
}

/** Until the layout of each node has every device that its kubelet has given out, and nothing of pods that are gone. */
export async function untilPublished(worlds: readonly AgentWorld[]): Promise<void> {
  await until('the layouts to have all pods', async () =>
    hasPublished(await Promise.all(worlds.map((world) => world.object())), worlds),
  )
}

/** Whether that is so by these nodes. */
export function hasPublished(
  nodes: readonly ClusterObject[],
  worlds: readonly AgentWorld[],
): boolean {
  return worlds.every(({ node, kubelet }) => {
    const found = nodes.find(({ metadata }) => metadata.name === node.name)
    const text = found?.metadata.annotations?.['mig-nvml/layout']
    if (text === undefined) return false
    const { holders } = readNodeLayout(text)
    if (holders.some(({ processes }) => processes > 0)) return false
    const named = holders
      .flatMap(({ pods }) => pods)
      .map(({ namespace, name }) => `${namespace}/${name}`)
    const held = kubelet.held().map(({ pod }) => pod)
    return named.sort().join() === held.sort().join()
  })
}

/** No pod that lived has lost its device, by the kubelet and by the journal of the driver. */
export function expectNothingLost(worlds: readonly AgentWorld[]): void {
  for (const { kubelet } of worlds) {
    expect(kubelet.broken).toEqual([])
    expect(kubelet.losses()).toEqual([])
  }
}
