import { join } from 'node:path'
import { output, run } from '../../peers/run.js'
import { chart, rebalancer } from '../deploy/chart-values.js'
import type { ControlPlane } from '../harness/control-plane.js'
import { writeKubeconfig } from '../harness/kubeconfig.js'
import { until } from '../harness/until.js'
import { pathOf } from '../programs.js'

const namespace = 'gpu'
const name = 'mig-rebalancer'

/** The account, roles and policy of the chart's rebalancer; the path of a kubeconfig for it. */
export async function installRebalancer(cluster: ControlPlane): Promise<string> {
  const text = await output(pathOf('helm'), [
    ...['template', 'mig', chart, `--namespace=${namespace}`, ...rebalancer],
    ...['rebalancer', 'rebalancer-rbac'].map((part) => `--show-only=templates/${part}.yaml`),
  ])
  const { kubeconfig, server, certificate, folder } = cluster
  const apply = [`--kubeconfig=${kubeconfig}`, 'apply', '--validate=strict', '-f', '-']
  const { status, stderr } = await run(pathOf('kubectl'), apply, { input: text })
  if (status !== 0) throw new Error(stderr)
  const token = await rebalancerToken(cluster, 3600)
  return writeKubeconfig(join(folder, 'rebalancer.kubeconfig'), { server, certificate, token })
}

/** A token of this account. Less than 0 seconds: it has expired. */
export async function rebalancerToken(
  { admin, tokens }: ControlPlane,
  lifetimeSeconds: number,
): Promise<string> {
  const account = { apiVersion: 'v1', resource: 'serviceaccounts', namespace, name }
  const { metadata } = await until('the account', () => admin.get(account))
  return tokens.sign({ namespace, name, uid: metadata.uid ?? '' }, lifetimeSeconds)
}
