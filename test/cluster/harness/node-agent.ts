import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { output, run } from '../../peers/run.js'
import { pathOf } from '../programs.js'
import type { ControlPlane } from './control-plane.js'
import { writeKubeconfig } from './kubeconfig.js'
import type { NodeKubelet } from './node-kubelet.js'
import { type RunningProgram, startProgram } from './program.js'
import type { SimulatedNode } from './simulated-node.js'
import { until } from './until.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = join(root, 'dist/cli/main.js')
const namespace = 'gpu'

/** The service account, roles and admission policy of the Helm chart with these values. */
export async function installAgentAccount(
  cluster: ControlPlane,
  ...values: readonly string[]
): Promise<void> {
  const parts = ['serviceaccount', 'rbac', 'node-restriction']
  const text = await output(pathOf('helm'), [
    ...['template', 'mig', join(root, 'deploy/mig-nvml-agent'), `--namespace=${namespace}`],
    ...parts.map((part) => `--show-only=templates/${part}.yaml`),
    ...values,
  ])
  const { admin, kubeconfig } = cluster
  const metadata = { name: namespace }
  await admin.create(
    { apiVersion: 'v1', resource: 'namespaces' },
    { apiVersion: 'v1', kind: 'Namespace', metadata },
  )
  const { status, stderr } = await run(
    pathOf('kubectl'),
    [`--kubeconfig=${kubeconfig}`, 'apply', '--validate=strict', '-f', '-'],
    { input: text },
  )
  if (status !== 0) throw new Error(stderr)
}

/** How an agent is started. */
export interface AgentStart {
  /** Its podresources API. */
  readonly kubelet: Pick<NodeKubelet, 'socket'>
  /** A file with the configurations. */
  readonly configFile: string
  /** What gives out the devices of the node. Default: a device plugin, with the strategy `mixed`. */
  readonly advertiser?: string
  /** Further arguments. */
  readonly args?: readonly string[]
  /** Default: that of the chart's service account, for this node only. */
  readonly kubeconfig?: string
  /** A program with arguments that runs what follows it. Default: none. */
  readonly under?: readonly string[]
}

/** Starts `mig-nvml agent` for a node, as a process of its own that acts as the service account of the chart. */
export async function startAgent(
  cluster: ControlPlane,
  node: SimulatedNode,
  {
    kubelet,
    configFile,
    advertiser = '--strategy=mixed',
    args = [],
    kubeconfig,
    under = [],
  }: AgentStart,
): Promise<RunningProgram> {
  const [path = '', ...leading] = [...under, process.execPath]
  return startProgram({
    name: `agent of ${node.name}`,
    path,
    args: [
      ...leading,
      main,
      'agent',
      `--node-name=${node.name}`,
      `--kubeconfig=${kubeconfig ?? (await agentKubeconfig(cluster, node.name))}`,
      `--config-file=${configFile}`,
      `--kubelet-socket=${kubelet.socket}`,
      `--state-dir=${join(node.folder, 'state')}`,
      advertiser,
      '--interval=1',
      ...args,
    ],
    logFile: join(node.folder, 'agent.log'),
    env: { ...process.env, ...node.machine.env, MIG_NVML_ROOT: node.root },
  })
}

/** A kubeconfig with a token that names the node, as the token of a pod there does. */
export async function agentKubeconfig(cluster: ControlPlane, name: string): Promise<string> {
  const { server, certificate, folder } = cluster
  return writeKubeconfig(join(folder, `agent-${name}.kubeconfig`), {
    server,
    certificate,
    token: await agentToken(cluster, name, 3600),
  })
}

/** A token of the service account of the chart for one node. */
export async function agentToken(
  { admin, tokens }: ControlPlane,
  name: string,
  lifetimeSeconds: number,
): Promise<string> {
  const account = { apiVersion: 'v1', resource: 'serviceaccounts', namespace, name: 'mig' }
  const uidOf = async (object: Parameters<typeof admin.get>[0]): Promise<string> =>
    (await until(object.name, () => admin.get(object))).metadata.uid ?? ''
  const node = { apiVersion: 'v1', resource: 'nodes', name }
  const subject = {
    namespace,
    name: 'mig',
    uid: await uidOf(account),
    node: { name, uid: await uidOf(node) },
  }
  return tokens.sign(subject, lifetimeSeconds)
}
