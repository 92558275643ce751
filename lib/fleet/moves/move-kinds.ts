import type { FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'
import { requireList } from '../model/check-form.js'
import type { FleetGpuEntry, FleetModels } from '../model/fleet-model.js'
import { checkIds, findOptions } from '../model/fleet-request.js'
import { invalid } from '../model/invalid.js'

/** Things that may go to the same places. */
export interface MoveKind {
  readonly number: number
  /** Profile positions by model number. */
  readonly options: readonly (readonly number[])[]
  readonly door: Pick<FleetRequest, 'where' | 'reservation'>
}

/** What an instance is to a search for moves. */
export interface KindOfInstance {
  readonly kind: number
  readonly mayMove: boolean
}

export interface MoveKinds {
  readonly list: readonly MoveKind[]
  readonly kindOf: (
    entry: Pick<FleetGpuEntry, 'model' | 'gpu'>,
    instance: FleetInstance,
    position: number,
  ) => KindOfInstance
  /** Whether an instance may be of another kind than others at the same place, or may not move. */
  readonly isSpecial: (instance: FleetInstance) => boolean
  /** `apart`: of nothing else, even where that may go to the same places. */
  readonly requestKind: (request: FleetRequest, apart?: boolean) => number
}

/** A request with `count` holds `<id>/0`, `<id>/1`, …. */
function withoutNumber(id: string): string {
  return id.replace(/\/\d+$/, '')
}

/** By `id` of what holds an instance; undefined: it is not known what that asked for. */
export type HolderOf = (id: string) => FleetRequest | undefined

/** Throws `MIG_FLEET_INVALID` for two with one id. */
export function findHolders(requests: readonly FleetRequest[]): HolderOf {
  checkIds(requests, new Set())
  const held = new Map<string, FleetRequest>()
  for (const request of requests) if (request.id !== undefined) held.set(request.id, request)
  if (held.size === 0) return () => undefined
  return (id) => {
    const own = held.get(id)
    if (own !== undefined && own.count === undefined) return own
    const all = held.get(withoutNumber(id))
    return all?.count === undefined ? own : all
  }
}

export function createMoveKinds(
  models: FleetModels,
  /** Of those who hold something. */
  requests: readonly FleetRequest[],
  holder: HolderOf,
  pinned: ReadonlySet<string>,
  asked: FleetRequest | null,
): MoveKinds {
  const list: MoveKind[] = []
  const byKey = new Map<string, number>()
  // Where something may not be beside something else, only what has nothing to do with it moves.
  const named = new Set<string>()
  for (const { spread = [], avoid = [] } of asked === null ? requests : [...requests, asked]) {
    for (const { label } of [...spread, ...avoid]) named.add(label)
  }

  const intern = (key: string, make: () => Omit<MoveKind, 'number'>): number => {
    let number = byKey.get(key)
    if (number === undefined) {
      number = list.length
      list.push({ number, ...make() })
      byKey.set(key, number)
    }
    return number
  }
  const requestKind = (request: FleetRequest, apart = false): number => {
    const { profile, need, wholeGpu, where, reservation } = request
    return intern(JSON.stringify([profile, need, wholeGpu, where, reservation, apart]), () => ({
      options: findOptions(models, request, ['request']),
      door: { ...(where && { where }), ...(reservation !== undefined && { reservation }) },
    }))
  }
  const loose = new Map<string | undefined, (number | undefined)[][]>()
  const looseKind = (
    { model, gpu: { reservation } }: Pick<FleetGpuEntry, 'model' | 'gpu'>,
    position: number,
  ): number => {
    let byModel = loose.get(reservation)
    if (byModel === undefined) {
      byModel = models.list.map(() => [])
      loose.set(reservation, byModel)
    }
    const byPosition = byModel[model.number] ?? []
    let kind = byPosition[position]
    if (kind === undefined) {
      kind = intern(`${model.number}:${position}:${reservation ?? ''}`, () => ({
        options: models.list.map((each) => (each === model ? [position] : [])),
        door: reservation === undefined ? {} : { reservation },
      }))
      byPosition[position] = kind
    }
    return kind
  }
  const holderOf = (id: string | undefined): FleetRequest | undefined =>
    id === undefined ? undefined : holder(id)
  return {
    list,
    requestKind,
    isSpecial: ({ id, pinned: isPinned, labels = [] }) =>
      isPinned === true ||
      (id !== undefined && pinned.has(id)) ||
      holderOf(id) !== undefined ||
      labels.some((label) => named.has(label)),
    kindOf: (entry, instance, position) => {
      const { id, labels = [] } = instance
      const holder = holderOf(id)
      const isBound =
        holder !== undefined &&
        (holder.sameNode !== undefined ||
          (holder.spread ?? []).length + (holder.avoid ?? []).length > 0)
      const mayMove =
        instance.pinned !== true &&
        !(id !== undefined && pinned.has(id)) &&
        !isBound &&
        (named.size === 0 ||
          ![...labels, ...(holder?.labels ?? [])].some((label) => named.has(label)))
      return {
        kind: holder === undefined ? looseKind(entry, position) : requestKind(holder),
        mayMove,
      }
    },
  }
}

/** Which GPUs the request may use as things are: what its neighbours and it say of each other. */
export function findEligible(
  requests: readonly FleetRequest[],
  entries: readonly FleetGpuEntry[],
  { spread = [], avoid = [], labels = [], sameNode, id }: FleetRequest,
): ((entry: Pick<FleetGpuEntry, 'position' | 'node'>) => boolean) | null {
  const others = requests.filter((each) => each.id !== undefined && each.id !== id)
  const shuns = others.filter((each) => each.avoid?.some(({ label }) => labels.includes(label)))
  if (spread.length + avoid.length + shuns.length === 0 && sameNode === undefined) return null
  const holderOf = findHolders(others)
  const counts = new Map<string, number>()
  const nodes = new Set<string | number>()
  const key = (scope: string, where: string | number, label: string): string =>
    `${scope}:${typeof where}:${where}:${label}`
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (const { gpu, position, node } of entries) {
    for (const instance of gpu.layout ?? []) {
      const holder = instance.id === undefined ? undefined : holderOf(instance.id)
      for (const label of new Set([...(instance.labels ?? []), ...(holder?.labels ?? [])])) {
        count(key('gpu', position, label))
        count(key('node', node, label))
      }
      for (const { label, scope } of holder?.avoid ?? []) {
        count(key(`shun-${scope}`, scope === 'gpu' ? position : node, label))
      }
      if (sameNode !== undefined && holder?.sameNode === sameNode) nodes.add(node)
    }
  }
  const at = (scope: string, where: string | number, label: string): number =>
    counts.get(key(scope, where, label)) ?? 0
  return ({ position, node }) =>
    (nodes.size === 0 || nodes.has(node)) &&
    spread.every(
      ({ label, maxPerGpu = Infinity, maxPerNode = Infinity }) =>
        at('gpu', position, label) < maxPerGpu && at('node', node, label) < maxPerNode,
    ) &&
    avoid.every(({ label, scope }) => at(scope, scope === 'gpu' ? position : node, label) === 0) &&
    labels.every(
      (label) => at('shun-gpu', position, label) === 0 && at('shun-node', node, label) === 0,
    )
}

export function requirePinned(
  entries: readonly FleetGpuEntry[],
  pinned: readonly string[] = [],
): ReadonlySet<string> {
  requireList(pinned, ['pinned'])
  const ids = new Set(pinned)
  if (ids.size === 0) return ids
  const there = new Set(
    entries.flatMap(({ gpu: { layout = [] } }) => layout.map((each) => each.id)),
  )
  for (const [index, id] of pinned.entries()) {
    if (!there.has(id)) throw invalid(['pinned', index], `is ${id}, which holds no instance`)
  }
  return ids
}
