import type { InTheWay, PodDevices } from '../../../types/kubernetes/agent-pods.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { MigPlan } from '../../../types/machine/plan.js'
import type { GpuHolder, ListedMigState } from '../../../types/model/state.js'
import { podsInTheWay } from '../../kubernetes/agent/pods-in-the-way.js'
import { heldDevices } from '../../kubernetes/held-devices.js'
import { withOperation } from '../../machine/operation/operation.js'
import { driverOf, type NodeAgentOptions } from './context.js'

/** A machine and the processes on it. */
export interface MachineView {
  readonly state: ListedMigState
  readonly holders: readonly GpuHolder[]
}

export function readMachine(options: NodeAgentOptions): Promise<MachineView> {
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

/** What is in the way of a plan now; of a reboot where it is null. */
export async function findInTheWay(
  options: NodeAgentOptions,
  { state, holders }: MachineView,
  plan: MigPlan | null,
): Promise<InTheWay> {
  // The kubelet first: a pod that it has let go since cannot have come back.
  const held = await readHeld(options)
  const pods = await listPods(options)
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
