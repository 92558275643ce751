import type { LayoutHolder, NodeLayout } from '../../../types/kubernetes/node-layout.js'
import type {
  RebalanceGpu,
  RebalanceInstance,
  RebalanceNode,
} from '../../../types/kubernetes/rebalance.js'
import type { RebalanceReadOptions } from '../../../types/kubernetes/rebalance-cluster.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { GpuInstance, GpuState } from '../../../types/model/state.js'
import { cached } from '../../model/cached.js'
import { catalogGeometry, findCatalogGpu } from '../../model/catalog.js'

/** Names in place of geometries that the catalog has: a plan of a thousand nodes copies what it is given. */
export type KnownModels = Map<string, Pick<RebalanceGpu, 'geometry' | 'model'>>

/** The GPUs of a node that a plan can divide. */
export function gpusOfLayout(
  { state, holders }: NodeLayout,
  modeChanges: RebalanceReadOptions['modeChanges'],
  known: KnownModels,
): RebalanceNode['gpus'] {
  return (state.gpus as readonly GpuState[]).flatMap((gpu): readonly RebalanceGpu[] => {
    const { geometry, mig } = gpu
    if (geometry === null || mig === null) return []
    const own = holders.filter((holder) => holder.gpu === gpu.uuid)
    const holder = mig.enabled ? undefined : own[0]
    return [
      {
        id: gpu.uuid,
        ...cached(known, `${state.driverVersion} ${gpu.pciDeviceId} ${gpu.name}`, () =>
          modelOf(gpu, geometry),
        ),
        migEnabled: mig.enabled,
        modeChange: modeChangeOf(gpu, modeChanges),
        layout: gpu.gpuInstances.map((instance) => instanceOf(instance, geometry, own)),
        ...(holder === undefined ? {} : { heldBy: holderName(holder) }),
      },
    ]
  })
}

function modelOf(gpu: GpuState, geometry: Geometry): Pick<RebalanceGpu, 'geometry' | 'model'> {
  const entry = findCatalogGpu(gpu.pciDeviceId, gpu.name)
  const isPublished =
    entry !== null && JSON.stringify(catalogGeometry(entry)) === JSON.stringify(geometry)
  return isPublished ? { model: entry.key } : { geometry }
}

function modeChangeOf(
  { pciDeviceId, name }: GpuState,
  allowed: RebalanceReadOptions['modeChanges'],
): 'no' | 'free' | 'reset' {
  if (allowed === undefined || allowed === 'none') return 'no'
  // A board that the catalog lacks may need one.
  if (findCatalogGpu(pciDeviceId, name)?.modeChangeNeedsReset !== false)
    return allowed === 'all' ? 'reset' : 'no'
  return 'free'
}

function instanceOf(
  { id, profileId, placement, computeInstances }: GpuInstance,
  { profiles }: Geometry,
  holders: readonly LayoutHolder[],
): RebalanceInstance {
  const profile = profiles.find((each) => each.id === profileId)
  const [only] = computeInstances
  const isDevice = computeInstances.length === 1 && only?.sliceCount === profile?.sliceCount
  const own = holders.filter(({ gpuInstanceId }) => gpuInstanceId === id)
  return {
    profileId,
    placement: { ...placement },
    isDevice,
    ...(own[0] === undefined ? {} : { heldBy: own.map(holderName).join(' and ') }),
  }
}

/** The name of a pod, if it is alone. */
function holderName({ pods, morePods, processes }: LayoutHolder): string {
  const names = pods.map(({ namespace, name }) => `${namespace}/${name}`)
  const others = [
    ...(morePods === 0 ? [] : [`${morePods} more pods`]),
    ...(processes === 0 ? [] : [`${processes} processes outside of pods`]),
  ]
  return [...names, ...others].join(' and ')
}
