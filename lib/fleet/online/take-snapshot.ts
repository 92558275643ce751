import type { FleetSnapshot } from '../../../types/fleet/online.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import type { Geometry } from '../../../types/model/geometry.js'
import { cached } from '../../model/cached.js'
import type { FleetInside } from './fleet-inside.js'
import { entryOf } from './fleet-members.js'
import type { FleetState, OnlineGpu } from './fleet-state.js'
import { measureFragmentation } from './fragmentation.js'
import { listHeld, toInstance } from './holding.js'

export function takeSnapshot(inside: FleetInside): FleetSnapshot {
  const { state, requests, rankings, observer, placer, mix } = inside
  const { name, tuned } = rankings.policy()
  return {
    gpus: describeGpus(state),
    requests: requests.list(),
    policy: tuned ?? name,
    ...(mix !== undefined && { mix }),
    memory: {
      ...observer.describe(),
      nextMix: rankings.nextMix(),
      lastUnnamed: placer.lastUnnamed(),
      models: state.models.list.map((model) => ({
        asked: [...observer.mixOf(model.tables)],
        ranked: rankings.describe(model),
      })),
    },
    fragmentation: measureFragmentation(state.pools),
    observed: observer.read(),
  }
}

/** Each GPU on its own, with what it holds, in the order of the fleet. */
function describeGpus({ gpuByName }: FleetState): readonly FleetGpu[] {
  const plain = new Map<object, Geometry>()
  return Array.from(gpuByName.values(), (gpu) => describeGpu(gpu, plain))
}

function describeGpu(gpu: OnlineGpu, plain: Map<object, Geometry>): FleetGpu {
  const { name, given, held, pool, cordoned } = gpu
  const { count: _count, layout: _layout, heldBy: _heldBy, cordoned: _cordoned, ...rest } = given
  const entry = entryOf(given)
  const described: FleetGpu = {
    ...rest,
    id: name,
    ...(entry !== null && { entry }),
    ...(given.geometry !== undefined && { geometry: plainGeometry(gpu, plain) }),
    ...(cordoned && { cordoned }),
  }
  if (pool.capacity.kind === 'whole') {
    const heldBy = held[0]?.request ?? null
    return heldBy === null ? described : { ...described, heldBy }
  }
  return { ...described, layout: listHeld(gpu).flatMap((holding) => toInstance(holding) ?? []) }
}

/** Compiled tables are not plain data. */
function plainGeometry({ given, pool }: OnlineGpu, plain: Map<object, Geometry>): Geometry {
  const { geometry } = given
  const { tables } = pool.model
  const first = geometry?.profiles[0]
  if (geometry !== undefined && (first === undefined || !('profile' in first))) {
    return geometry as Geometry
  }
  return cached(plain, tables, () => ({ profiles: tables.profiles.map(({ profile }) => profile) }))
}
