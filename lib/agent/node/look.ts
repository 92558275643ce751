import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { InTheWay, PodDevices } from '../../../types/kubernetes/agent-pods.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { KubeletPod } from '../../../types/kubernetes/kubelet.js'
import type { MigPlan } from '../../../types/machine/plan.js'
import type { GpuHolder, ListedMigState } from '../../../types/model/state.js'
import { podName } from '../../kubernetes/agent/describe-pods.js'
import { heldUuids } from '../../kubernetes/agent/held-uuids.js'
import { podsInTheWay } from '../../kubernetes/agent/pods-in-the-way.js'
import { withOperation } from '../../machine/operation/operation.js'
import { planMigConfig } from '../../machine/plan.js'
import { readConfigurations } from './configuration.js'
import { driverOf, type NodeAgentOptions } from './context.js'
import { heldByClaims, heldByKubelet } from './held.js'

/** A machine and the processes on it. */
interface MachineView {
  readonly state: ListedMigState
  readonly holders: readonly GpuHolder[]
}

function readMachine(options: NodeAgentOptions): Promise<MachineView> {
  return withOperation(driverOf(options), async ({ session, control: { signal } }) => {
    const state = await session.readListedState({ signal })
    const gpus = state.gpus.map(({ uuid }) => uuid)
    const { processes } = await session.readHolders(gpus, { scan: true, signal })
    const holders = state.gpus.flatMap(({ uuid, index }) =>
      (processes.get(uuid) ?? []).map((process) => ({ ...process, gpu: uuid, gpuIndex: index })),
    )
    return { state, holders }
  })
}

/** The pods of the node. */
export async function listPods({
  cluster,
  node,
  signal,
}: NodeAgentOptions): Promise<readonly ClusterObject[]> {
  const { items } = await cluster.list(
    { apiVersion: 'v1', resource: 'pods' },
    { fieldSelector: `spec.nodeName=${node}`, signal },
  )
  return items
}

/** Everything that a plan and its pods are compared by, read within a moment. */
export interface NodeView extends LocalView {
  readonly pods: readonly ClusterObject[]
  readonly held: readonly PodDevices[]
  readonly heldIsComplete: boolean
}

export async function lookAtNode(options: NodeAgentOptions): Promise<NodeView> {
  const { pods, listed } = await lookAtPods(options)
  const held = [...heldByKubelet(options, listed), ...(await heldByClaims(options, pods, listed))]
  const heldIsComplete = options.kubelet !== undefined
  return { ...(await readMachine(options)), listed, pods, held, heldIsComplete }
}

/**
 * The pods of the API server, then those of the kubelet: one that runs by the first has its devices in the second. A pod that the kubelet
 * has begun meanwhile may be in the second alone, as one that has ended may; so the pods are read again then.
 */
async function lookAtPods(
  options: NodeAgentOptions,
): Promise<Pick<NodeView, 'pods'> & Pick<LocalView, 'listed'>> {
  let before = await listOfKubelet(options)
  for (;;) {
    const pods = await listPods(options)
    const listed = await listOfKubelet(options)
    const known = new Set([
      ...before.map(podName),
      ...pods.map(({ metadata }) => podName(metadata)),
    ])
    if (listed.every((pod) => known.has(podName(pod)))) return { pods, listed }
    before = listed
  }
}

async function listOfKubelet({
  kubelet,
  signal,
}: NodeAgentOptions): Promise<readonly KubeletPod[]> {
  return (await kubelet?.listPods({ signal })) ?? []
}

/** What can be seen without the API server. */
export interface LocalView extends MachineView {
  readonly listed: readonly KubeletPod[]
}

export async function lookAtMachine(options: NodeAgentOptions): Promise<LocalView> {
  const listed = await listOfKubelet(options)
  return { ...(await readMachine(options)), listed }
}

/** The least change from the machine as it is, around the devices of living pods where that is possible. */
export async function planRun(
  options: NodeAgentOptions,
  { config }: Pick<AgentRecord, 'config'>,
  view: NodeView,
): Promise<MigPlan> {
  const { matching = 'lenient' } = options
  return planMigConfig(await readConfigurations(options, config), {
    ...driverOf(options),
    config: config ?? '',
    matching,
    inUse: heldUuids(view),
    // Only a plan: the pods go first, and the apply destroys nothing that is in use.
    evict: true,
  })
}

/** What is in the way of a plan; of a reboot where it is null. */
export function findInTheWay(
  { state, holders, pods, held, heldIsComplete }: NodeView,
  plan: MigPlan | null,
): InTheWay {
  return podsInTheWay({ state, plan, pods, held, heldIsComplete, processes: holders })
}
