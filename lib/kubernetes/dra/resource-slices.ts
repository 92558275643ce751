import type {
  OwnerReference,
  ResourceSlice,
  SliceDevice,
} from '../../../types/kubernetes/dra/objects.js'
import type { ResourceSliceOptions } from '../../../types/kubernetes/dra/slices.js'
import type { MigState } from '../../../types/model/state.js'
import { checkState } from '../../model/check-state.js'
import { deepFreeze } from '../../model/freeze.js'
import { targetsOf } from '../plan-targets.js'
import { checkSliceOptions } from './check-options.js'
import { nvidiaDriver } from './class-names.js'
import { divideDevices } from './divide.js'
import { devicesOfGpu } from './gpu-devices.js'
import { plannedGpu } from './planned-gpu.js'

/**
 * What a DRA driver publishes of a node: `resource.k8s.io/v1` objects that `kubectl apply` takes. Their names are in the order in
 * which the scheduler reads them (since Kubernetes 1.36). A node without devices has none: what was published before must then
 * be deleted.
 *
 * @throws MigError `MIG_GEOMETRY_UNKNOWN` where `all` meets a GPU whose placements are not known; `MIG_NO_PERMISSION` where `existing`
 *   meets a GPU whose instances are not listed; `MIG_DEVICE_NUMBERS_UNKNOWN` for a GPU without a minor number; `MIG_GPU_NOT_FOUND` for
 *   a plan of other GPUs; `MIG_DRA_INVALID` for a GPU with more than 32 counters; TypeError for wrong options.
 */
export function resourceSlices(
  state: MigState,
  options: ResourceSliceOptions,
): readonly ResourceSlice[] {
  checkState('resourceSlices', state)
  checkSliceOptions(options)
  return slicesOf(state, options)
}

/** The same without checks, and with each device as `show` gives it. Null: it is not published. */
export function slicesOf(
  state: MigState,
  options: ResourceSliceOptions,
  show: (device: SliceDevice) => SliceDevice | null = (device) => device,
): readonly ResourceSlice[] {
  const {
    node,
    driver = nvidiaDriver,
    generation = 1,
    counters = 'separate',
    nodeUid,
    plan,
  } = options
  const targets = targetsOf(state, plan)
  const gpus = state.gpus.map((gpu) => {
    const target = targets.get(gpu.uuid)
    const shown = target === undefined ? gpu : plannedGpu(gpu, target)
    const { counterSet, devices } = devicesOfGpu(shown, state, options)
    return { counterSet, devices: devices.flatMap((device) => show(device) ?? []) }
  })
  const contents = divideDevices(gpus, counters)
  const pool = { name: node, generation, resourceSliceCount: contents.length }
  const owners = nodeUid === undefined ? {} : { ownerReferences: [ownerOf(node, nodeUid)] }
  return deepFreeze(
    contents.map((content, index) => ({
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceSlice',
      metadata: { name: `${node}-${driver}-${numbered(index, contents.length)}`, ...owners },
      spec: { driver, nodeName: node, pool, ...content },
    })),
  )
}

function ownerOf(name: string, uid: string): OwnerReference {
  return { apiVersion: 'v1', kind: 'Node', name, uid, controller: true }
}

/** As text, these sort as their numbers do. */
function numbered(index: number, count: number): string {
  return `${index}`.padStart(Math.max(3, `${count - 1}`.length), '0')
}
