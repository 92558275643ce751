import type { FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import type {
  FleetPool,
  Holding,
  OnlineGpu,
  OnlineGpuGroup,
  OnlineGpuGroups,
} from './fleet-state.js'

export function createGpuGroups(): OnlineGpuGroups {
  return { byKey: new Map(), groupOf: new Map(), changed: new Set() }
}

/** `holding` came or left; null: the GPU was cordoned or uncordoned. */
export function noteChange(gpu: OnlineGpu, holding: Holding | null): void {
  const { groups, log } = gpu.pool
  log.gpu(gpu)
  if (holding === null || !isPlain(holding) || groups.groupOf.has(gpu)) groups.changed.add(gpu)
}

/** The GPU is new, with what it holds. */
export function noteNew(gpu: OnlineGpu): void {
  gpu.pool.log.gpu(gpu)
  if (gpu.cordoned || !gpu.held.every(isPlain)) gpu.pool.groups.changed.add(gpu)
}

/** Removes a GPU that leaves the pool. */
export function forgetGpu(gpu: OnlineGpu): void {
  const { groups, log } = gpu.pool
  log.gone(gpu)
  groups.changed.delete(gpu)
  leaveGroup(groups, gpu)
}

export function readGroups({ groups, gpus }: FleetPool): Iterable<OnlineGpuGroup> {
  const { byKey, groupOf, changed } = groups
  // One pass in order is cheaper than finding the places of many.
  const isMany = changed.size > 64 && changed.size > gpus.length / 16
  if (isMany) {
    byKey.clear()
    groupOf.clear()
  }
  for (const gpu of isMany ? gpus : changed) {
    const key = gpu === undefined ? null : keyOf(gpu)
    if (gpu === undefined || (groupOf.get(gpu)?.key ?? null) === key) continue
    leaveGroup(groups, gpu)
    if (key !== null) enterGroup(groups, gpu, key)
  }
  changed.clear()
  return byKey.values()
}

function enterGroup({ byKey, groupOf }: OnlineGpuGroups, gpu: OnlineGpu, key: string): void {
  const group = cached(byKey, key, () => ({ key, gpus: [] }))
  const last = group.gpus.at(-1)
  if (last === undefined || last.order < gpu.order) group.gpus.push(gpu)
  else group.gpus.splice(findOrder(group.gpus, gpu.order), 0, gpu)
  groupOf.set(gpu, group)
}

function leaveGroup({ byKey, groupOf }: OnlineGpuGroups, gpu: OnlineGpu): void {
  const group = groupOf.get(gpu)
  if (group === undefined) return
  groupOf.delete(gpu)
  group.gpus.splice(findOrder(group.gpus, gpu.order), 1)
  if (group.gpus.length === 0) byKey.delete(group.key)
}

/** Position of the first GPU that does not come before `order`. */
function findOrder(gpus: readonly OnlineGpu[], order: number): number {
  let low = 0
  let high = gpus.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((gpus[middle] as OnlineGpu).order < order) low = middle + 1
    else high = middle
  }
  return low
}

/** Null: the layout of the GPU describes it fully. */
function keyOf({ pool, number, cordoned, held }: OnlineGpu): string | null {
  if (!cordoned && held.every(isPlain)) return null
  const layout = pool.capacity.kind === 'whole' ? -1 : (pool.capacity.buckets.layoutOf[number] ?? 0)
  const holdings = held
    .map((holding) => `${holding.place} ${describe(holding)}`)
    .sort()
    .join('\n')
  return `${layout} ${cordoned}\n${holdings}`
}

function isPlain({ asked, pinned, idle, labels }: Holding): boolean {
  return asked === null && !pinned && !idle && labels.length === 0
}

const known = new WeakMap<FleetRequest, string>()

function describe({ asked, pinned, idle, labels }: Holding): string {
  return `${pinned} ${idle} ${JSON.stringify(labels)} ${asked === null ? '' : cached(known, asked, textOf)}`
}

function textOf(asked: FleetRequest): string {
  const { profile, need, where, reservation, sameNode, spread, avoid, labels } = asked
  return JSON.stringify([profile, need, where, reservation, sameNode, spread, avoid, labels])
}
