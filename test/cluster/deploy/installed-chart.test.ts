import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectCluster } from '../../../lib/agent/client/connect.js'
import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { output, run } from '../../peers/run.js'
import { rejectionOf } from '../../support/errors.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing, pathOf } from '../programs.js'
import { chart, everything, plugin } from './chart-values.js'
import {
  helm,
  installChart,
  kubeconfigOf,
  namespace,
  permissionsOf,
  podsOfSet,
} from './installed.js'

const nodes = { apiVersion: 'v1', resource: 'nodes' }

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))('the installed chart', () => {
  let cluster: ControlPlane
  let pods: ReadonlyMap<string, ClusterObject>
  let agent: ClusterClient

  beforeAll(async () => {
    cluster = await startControlPlane()
    await installChart(cluster)
    pods = await podsOfSet(cluster, 'mig-nvml-agent')
    const pod = pods.get('node-1')
    if (pod === undefined) throw new Error('no agent on node-1')
    agent = await connectCluster({ kubeconfig: await kubeconfigOf(cluster, pod) })
    // The API server reads a new admission policy after some moments.
    await until('the policy', async () => {
      const node = { ...nodes, name: 'node-2' }
      const label = { metadata: { labels: { test: 'policy' } } }
      return await agent.merge(node, label).then(
        () => false,
        (error: unknown) => String(error).includes('may not change node'),
      )
    })
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  test('runs one agent on each node that has GPUs, and none elsewhere', () => {
    expect([...pods.keys()].sort()).toEqual(['node-1', 'node-2'])
  })

  test('with every value, is accepted by the API server to the last field', async () => {
    const text = await output(pathOf('helm'), [
      ...['template', 'other', chart, '--namespace=default', ...everything, ...plugin],
    ])
    const { status, stderr } = await run(
      pathOf('kubectl'),
      [
        `--kubeconfig=${cluster.kubeconfig}`,
        ...['apply', '--dry-run=server', '--validate=strict', '-f', '-'],
      ],
      { input: text },
    )
    expect(status, stderr).toBe(0)
  })

  test('gives its service account these permissions and no others', async () => {
    const everywhere = [
      'nodes [get list watch patch]',
      'nodes/status [patch]',
      'pods [get list]',
      'pods/eviction [create]',
      'resourceclaims.resource.k8s.io [get]',
    ]
    expect(await permissionsOf(cluster, 'mig', 'kube-system')).toEqual(everywhere)
    expect(await permissionsOf(cluster, 'mig', 'default')).toEqual([
      'events [create patch]',
      ...everywhere,
    ])
  })

  test('lets an agent change the labels, the taint and the condition of its own node', async () => {
    const object = { ...nodes, name: 'node-1' }
    const node = await agent.get(object)
    const { resourceVersion = '' } = node?.metadata ?? {}
    const fence = { key: 'mig-nvml/changing', effect: 'NoSchedule' }
    await agent.patch(
      object,
      [
        { op: 'add', path: '/metadata/labels/nvidia.com~1mig.config.state', value: 'pending' },
        { op: 'add', path: '/spec/taints', value: [fence] },
      ],
      { resourceVersion },
    )
    await agent.merge(object, { spec: { taints: null } })
    const time = '2026-01-01T00:00:00Z'
    const condition = {
      type: 'MigConfigured',
      status: 'False',
      reason: 'Pending',
      message: 'a change is under way',
      lastHeartbeatTime: time,
      lastTransitionTime: time,
    }
    await agent.apply(
      object,
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'node-1' },
        status: { conditions: [condition] },
      },
      { fieldManager: 'mig-nvml-agent', force: true, subresource: 'status' },
    )
    const regarding = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'node-1' }
    const event = { regarding, type: 'Normal', reason: 'MigConfigured', message: 'done' } as const
    await agent.recordEvent(event)
    await agent.recordEvent(event)
  })

  test('refuses an agent that changes another node', async () => {
    const change = agent.merge({ ...nodes, name: 'node-2' }, { metadata: { labels: { a: 'b' } } })
    const error = await rejectionOf(change)
    expect(error.message).toContain('the agent of node "node-1" may not change node "node-2"')
  })

  test('refuses an agent that cordons a node, or takes the taint of an administrator away', async () => {
    const object = { ...nodes, name: 'node-1' }
    const cordon = agent.merge(object, { spec: { unschedulable: true } })
    expect((await rejectionOf(cordon)).message).toContain('may not cordon')
    const taints = [{ key: 'administrator', effect: 'NoSchedule' }]
    await cluster.admin.merge(object, { spec: { taints } })
    const clear = agent.merge(object, { spec: { taints: null } })
    expect((await rejectionOf(clear)).message).toContain('taints of other owners')
    await cluster.admin.merge(object, { spec: { taints: null } })
  })

  test('does not let an agent delete pods, read secrets or configurations, or change budgets', async () => {
    const inGpu = { apiVersion: 'v1', namespace }
    const name = pods.get('node-2')?.metadata.name ?? ''
    const calls = [
      () => agent.remove({ ...inGpu, resource: 'pods', name }),
      () => agent.list({ ...inGpu, resource: 'secrets' }),
      () => agent.list({ ...inGpu, resource: 'configmaps' }),
      () => agent.remove({ ...nodes, name: 'node-1' }),
      () => agent.list({ apiVersion: 'policy/v1', resource: 'poddisruptionbudgets' }),
    ]
    for (const call of calls)
      expect(await rejectionOf(call())).toMatchObject({ code: 'MIG_CLUSTER_FORBIDDEN' })
  })

  test('evicts a pod as that service account', async () => {
    const name = pods.get('node-2')?.metadata.name ?? ''
    expect(await agent.evict({ namespace, name }, { dryRun: true })).toMatchObject({
      outcome: 'evicted',
    })
  })

  test('is gone without a trace after helm uninstall', async () => {
    await helm(cluster, 'uninstall', 'mig', `--namespace=${namespace}`, '--wait')
    const left = await output(pathOf('kubectl'), [
      `--kubeconfig=${cluster.kubeconfig}`,
      'get',
      'clusterroles,clusterrolebindings,roles,rolebindings,validatingadmissionpolicies,daemonsets,serviceaccounts',
      '--all-namespaces',
      '--selector=app.kubernetes.io/instance=mig',
      '-o=name',
    ])
    expect(left).toBe('')
  })
})
