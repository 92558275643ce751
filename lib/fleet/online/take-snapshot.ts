import type { FleetSnapshot } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import type { Geometry } from '../../../types/model/geometry.js'
import { cached } from '../../model/cached.js'
import type { FleetInside } from './fleet-inside.js'
import { entryOf } from './fleet-members.js'
import type { FleetState, OnlineGpu } from './fleet-state.js'
import { measureFragmentation } from './fragmentation.js'
import { listHeld, toInstance } from './holding.js'

export function takeSnapshot(inside: FleetInside): FleetSnapshot {
  const { state, requests } = inside
  return { gpus: describeGpus(state), requests: requests.list(), ...describeRest(inside) }
}

/** All but the GPUs and the requests. */
export function describeRest(inside: FleetInside): Omit<FleetSnapshot, 'gpus' | 'requests'> {
  const { state, rankings, observer, placer, mix } = inside
  const ends = inside.ends.describe()
  const { name, tuned } = rankings.policy()
  return {
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
      ...(ends !== null && { ends }),
    },
    fragmentation: measureFragmentation(state.pools),
    observed: observer.read(),
  }
}

/** Each GPU on its own, with what it holds, in the order of the fleet. */
function describeGpus(state: FleetState): readonly FleetGpu[] {
  const plain = new Map<object, Geometry>()
  return Array.from(state.gpuByName.values(), (gpu) => describeGpu(state, gpu, plain))
}

export function describeGpu(
  { planned, closed }: FleetState,
  gpu: OnlineGpu,
  plain: Map<object, Geometry>,
): FleetGpu {
  const { name, given, held, pool, cordoned } = gpu
  const {
    count: _count,
    layout: _layout,
    heldBy: _heldBy,
    cordoned: _cordoned,
    planned: _planned,
    ...rest
  } = given
  const entry = entryOf(given)
  const described: FleetGpu = {
    ...rest,
    id: name,
    ...(entry !== null && { entry }),
    ...(given.geometry !== undefined && { geometry: plainGeometry(gpu, plain) }),
    ...(cordoned && { cordoned }),
    ...(closed.get(gpu) === false && { planned: true }),
  }
  if (pool.capacity.kind === 'whole') {
    const heldBy = held[0]?.request ?? null
    return heldBy === null ? described : { ...described, heldBy }
  }
  const layout = listHeld(gpu).flatMap((holding): FleetInstance | readonly [] => {
    const instance = toInstance(holding)
    const plan = planned.size === 0 ? undefined : planned.get(holding)
    if (instance === null) return []
    return plan === undefined ? instance : { ...instance, plan }
  })
  return { ...described, layout }
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
