import { classWith } from '../evictions.js'
import type { MoveInstance } from '../move-gpu.js'
import type { GpuChange } from '../name-moves.js'
import { isAtHome } from './bring-home.js'
import type { InstanceLoads } from './instance-loads.js'

/** What happens to each GPU of the loads, where instances that stay on their GPU keep their places if they can. */
export function listLoadChanges({ loads, instances, hosts }: InstanceLoads): readonly GpuChange[] {
  const byHost = new Map(loads.gpus.map((gpu) => [hosts[gpu.group.number], gpu]))
  const placed = new Set(loads.gpus.flatMap(({ items }) => items.map(({ demand }) => demand)))
  const evictedFrom = new Map<object, MoveInstance[]>()
  for (const [demand, { host, home, instance }] of instances.entries()) {
    // What was drained and has no place stays.
    if (home === null && placed.has(demand)) {
      evictedFrom.set(host, [...(evictedFrom.get(host) ?? []), instance])
    }
  }
  const changes: GpuChange[] = []
  for (const [host, evicted] of evictedFrom) {
    const { gpu, layoutGroup } = host as (typeof instances)[number]['host']
    changes.push({
      gpu,
      accessGroup: layoutGroup.classGroup.accessGroup,
      evicted,
      incoming: [],
    })
  }
  for (const [host, loaded] of byHost) {
    if (host === undefined) continue
    const { gpu, layoutGroup } = host
    const { classGroup } = layoutGroup
    const { accessGroup } = classGroup
    const { residuals, model } = accessGroup
    const staying = new Set<MoveInstance>()
    const coming: { readonly kind: number; readonly position: number }[] = []
    for (const item of loaded.items) {
      const own = instances[item.demand]
      if (own === undefined) continue
      if (isAtHome(own, loaded, item)) staying.add(own.instance)
      else coming.push({ kind: own.instance.kind, position: item.position })
    }
    const ofGpu = gpu.instances
    const fits = (
      kept: readonly MoveInstance[],
      more: readonly { position: number }[],
    ): boolean => {
      const counts = model.tables.profiles.map(() => 0)
      for (const { position } of more) counts[position] = (counts[position] ?? 0) + 1
      const partition = residuals.partitions.find(counts)
      return partition >= 0 && residuals.holds(classWith(classGroup, kept), partition)
    }
    const pinned = ofGpu.filter(({ cost }) => cost < 0)
    const shifted = chooseShifted([...staying], (going) => {
      const kept = ofGpu.filter((each) => staying.has(each) && !going.includes(each))
      const back = going.map(({ place }) => ({ position: place.profilePosition }))
      return fits([...pinned, ...kept].sort(byPlace), [...coming, ...back])
    })
    const evicted = ofGpu.filter(
      (each) => each.cost >= 0 && (!staying.has(each) || shifted.includes(each)),
    )
    const incoming = [
      ...coming,
      ...shifted.map(({ kind, place }) => ({ kind, position: place.profilePosition })),
    ]
    if (evicted.length + incoming.length > 0) changes.push({ gpu, accessGroup, evicted, incoming })
  }
  return changes.sort((a, b) => a.gpu.position - b.gpu.position)
}

function byPlace(a: MoveInstance, b: MoveInstance): number {
  return a.place.number - b.place.number
}

/** The cheapest set that has to take other places on its GPU. With all of them moving, the partition is known to fit. */
function chooseShifted(
  staying: readonly MoveInstance[],
  suits: (going: readonly MoveInstance[]) => boolean,
): readonly MoveInstance[] {
  const sets = Array.from({ length: 2 ** staying.length }, (_, bits) =>
    staying.filter((_each, index) => ((bits >>> index) & 1) === 1),
  )
  const costOf = (set: readonly MoveInstance[]): number =>
    set.reduce((sum, { cost }) => sum + cost, 0)
  const ordered = sets
    .map((set) => ({ set, cost: costOf(set) }))
    .sort((a, b) => a.cost - b.cost || a.set.length - b.set.length)
  return ordered.find(({ set }) => suits(set))?.set ?? staying
}
