import { join } from 'node:path'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { output } from '../../peers/run.js'
import { tokenOfPod } from '../harness/accounts.js'
import type { ControlPlane } from '../harness/control-plane.js'
import { writeKubeconfig } from '../harness/kubeconfig.js'
import { addBareNode, phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { pathOf } from '../programs.js'
import { chart } from './chart-values.js'

/** The namespace of the release. */
export const namespace = 'gpu'

/** Three nodes, of which two have GPUs, and the chart as the release `mig`. */
export async function installChart(
  cluster: ControlPlane,
  ...values: readonly string[]
): Promise<void> {
  const { admin } = cluster
  await addBareNode(admin, 'node-1')
  await addBareNode(admin, 'node-2')
  await addBareNode(admin, 'without-gpus', { 'nvidia.com/gpu.present': 'false' })
  await admin.create(
    { apiVersion: 'node.k8s.io/v1', resource: 'runtimeclasses' },
    {
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name: 'nvidia' },
      handler: 'nvidia',
    },
  )
  await helm(
    cluster,
    ...['upgrade', '--install', 'mig', chart, `--namespace=${namespace}`, '--create-namespace'],
    ...values,
  )
}

export function helm({ kubeconfig }: ControlPlane, ...args: readonly string[]): Promise<string> {
  return output(pathOf('helm'), [...args, `--kubeconfig=${kubeconfig}`])
}

/** The pods of a DaemonSet of the release by their nodes, once they run on both nodes that have GPUs. */
export function podsOfSet(
  { admin }: ControlPlane,
  app: string,
): Promise<ReadonlyMap<string, ClusterObject>> {
  return until(`${app} on each node with GPUs`, async () => {
    const { items } = await admin.list(
      { apiVersion: 'v1', resource: 'pods', namespace },
      { labelSelector: `app.kubernetes.io/name=${app}` },
    )
    const running = items.filter((pod) => phaseOf(pod) === 'Running')
    return running.length === 2 && new Map(running.map((pod) => [nodeOf(pod), pod]))
  })
}

function nodeOf(pod: ClusterObject): string {
  return (pod['spec'] as { readonly nodeName?: string }).nodeName ?? ''
}

/** A kubeconfig with the token that the kubelet gives to this pod. */
export async function kubeconfigOf(cluster: ControlPlane, pod: ClusterObject): Promise<string> {
  const { server, certificate, folder } = cluster
  return writeKubeconfig(join(folder, `${pod.metadata.name}.kubeconfig`), {
    server,
    certificate,
    token: await tokenOfPod(cluster, pod),
  })
}

/** What a service account of the release may do in a namespace, beyond what every one may: `nodes [get list]`. */
export async function permissionsOf(
  cluster: ControlPlane,
  account: string,
  where: string,
): Promise<readonly string[]> {
  const rules = async (name: string): Promise<readonly string[]> => {
    const text = await output(pathOf('kubectl'), [
      `--kubeconfig=${cluster.kubeconfig}`,
      ...['auth', 'can-i', '--list', '--no-headers'],
      `--as=system:serviceaccount:${namespace}:${name}`,
      '--as-group=system:serviceaccounts',
      `--namespace=${where}`,
    ])
    return text
      .split('\n')
      .map((line) => line.replaceAll(/\[\]/g, ' ').trim().replaceAll(/\s+/g, ' '))
      .filter((line) => line !== '')
      .sort()
  }
  const common = await rules('nobody')
  return (await rules(account)).filter((rule) => !common.includes(rule))
}
