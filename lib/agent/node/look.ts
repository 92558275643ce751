import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { InTheWay, PodDevices } from '../../../types/kubernetes/agent-pods.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { MigPlan } from '../../../types/machine/plan.js'
import type { GpuHolder, ListedMigState } from '../../../types/model/state.js'
import { heldUuids } from '../../kubernetes/agent/held-uuids.js'
import { podsInTheWay } from '../../kubernetes/agent/pods-in-the-way.js'
import { heldDevices } from '../../kubernetes/held-devices.js'
import { withOperation } from '../../machine/operation/operation.js'
import { planMigConfig } from '../../machine/plan.js'
import { readConfigurations } from './configuration.js'
import { driverOf, type NodeAgentOptions } from './context.js'

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
export interface NodeView extends MachineView {
  readonly pods: readonly ClusterObject[]
  readonly held: readonly PodDevices[]
}

export async function lookAtNode(options: NodeAgentOptions): Promise<NodeView> {
  // The kubelet first: a pod that it has let go since cannot have come back.
  const held = await readHeld(options)
  const pods = await listPods(options)
  return { ...(await readMachine(options)), pods, held }
}

/** The least change from the machine as it is, around the devices of living pods where that is possible. */
export async function planRun(
  options: NodeAgentOptions,
  { config }: Pick<AgentRecord, 'config'>,
  view: NodeView,
): Promise<MigPlan> {
  const { matching = 'lenient' } = options
  return planMigConfig(await readConfigurations(options), {
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
  { state, holders, pods, held }: NodeView,
  plan: MigPlan | null,
): InTheWay {
  return podsInTheWay({ state, plan, pods, held, processes: holders })
}

async function readHeld({ kubelet, signal }: NodeAgentOptions): Promise<readonly PodDevices[]> {
  if (kubelet === undefined) return []
  const pods = await kubelet.listPods({ signal })
  const claimed = pods.flatMap(({ namespace, name, containers }) =>
    containers.flatMap(({ claims }) =>
      claims.flatMap(({ devices }) => ({
        namespace,
        name,
        devices: devices
          .filter(({ driver }) => driver === 'gpu.nvidia.com')
          .map(({ device }) => device),
      })),
    ),
  )
  const plugged = heldDevices(pods).map(({ namespace, pod, id }) => ({
    namespace,
    name: pod,
    devices: [id],
  }))
  return [...plugged, ...claimed]
}
