import type { MigPlan } from '../machine/plan.js'
import type { GpuHolder, MigState } from '../model/state.js'
import type { ClusterObject } from './cluster-client.js'

/** Devices that a pod has, as the kubelet reports them. */
export interface PodDevices {
  readonly namespace: string
  readonly name: string
  /** UUIDs of MIG devices or GPUs, or `GPU:MIG` by index, as device plugins name them; or names of DRA devices. */
  readonly devices: readonly string[]
}

/** What is known of the pods of a node and of what they use. */
export interface PodsInTheWayInput {
  /** The machine before the plan. */
  readonly state: MigState
  /** Null: all of the node has to be free, as for a reboot. */
  readonly plan: MigPlan | null
  /** The pods of the node, as the API server has them. */
  readonly pods: readonly ClusterObject[]
  /** From the kubelet's API of pod resources, or from claims. */
  readonly held: readonly PodDevices[]
  /**
   * `held` has all that the kubelet has given out. Then a pod that still waits for devices of NVIDIA's resources may get any of
   * them. Default false.
   */
  readonly heldIsComplete?: boolean
  /** Processes on the GPUs. Those in a container of a pod stand for the pod. */
  readonly processes: readonly GpuHolder[]
}

/** A pod on something that a plan destroys. */
export interface PodInTheWay {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /**
   * What it holds: `3g.20gb at 4 on GPU 2`, `GPU 0`; for one that starts, what it wants: `nvidia.com/mig-1g.5gb`. Empty: it is in the
   * way of a reboot only.
   */
  readonly holds: readonly string[]
  /**
   * What becomes of it.
   * - `evict`: it is evicted, as its budgets allow.
   * - `ends`: it is on its way out.
   * - `starts`: the kubelet is about to give it devices, and nobody knows yet which. The run waits for that.
   * - `protected`: its annotation `mig-nvml/evict: "false"` forbids it. The run waits for its end.
   * - `daemon-set`: an eviction would bring it back at once. It goes with the pause of clients, or it keeps the run waiting.
   * - `static`: the kubelet runs it from a file, and no eviction ends it.
   */
  readonly fate: 'evict' | 'ends' | 'starts' | 'protected' | 'daemon-set' | 'static'
}

/** What is in the way of a plan. */
export interface InTheWay {
  /** In the order in which they are evicted: the least priority first. */
  readonly pods: readonly PodInTheWay[]
  /** Processes outside of pods on what the plan destroys, such as `python3 (pid 4711) on 3g.20gb at 4 of GPU 2`. */
  readonly others: readonly string[]
}
