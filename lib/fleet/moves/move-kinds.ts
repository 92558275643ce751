import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet.js'
import type { FleetInUse, FleetMoveCosts } from '../../../types/fleet-moves.js'
import { normaliseProfileName } from '../../model/index.js'
import type { FleetGpuEntry, FleetModels } from '../model/fleet-model.js'
import { checkRequest, findOptions } from '../model/fleet-request.js'
import { invalid, requireWhole } from '../model/invalid.js'

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
    entry: FleetGpuEntry,
    instance: FleetInstance,
    position: number,
  ) => KindOfInstance
  /** `apart`: of nothing else, even where that may go to the same places. */
  readonly requestKind: (request: FleetRequest, apart?: boolean) => number
}

/** A request with `count` holds `<id>/0`, `<id>/1`, …. */
function withoutNumber(id: string): string {
  return id.replace(/\/\d+$/, '')
}

export function createMoveKinds(
  models: FleetModels,
  { requests = [] }: FleetInUse,
  pinned: ReadonlySet<string>,
  asked: FleetRequest | null,
): MoveKinds {
  const list: MoveKind[] = []
  const byKey = new Map<string, number>()
  const held = new Map<string, FleetRequest>()
  for (const [index, request] of requests.entries()) {
    checkRequest(request, ['requests', index])
    if (request.id !== undefined) held.set(request.id, request)
  }
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
  const looseKind = ({ model, gpu }: FleetGpuEntry, position: number): number => {
    const { reservation } = gpu
    return intern(`${model.number}:${position}:${reservation ?? ''}`, () => ({
      options: models.list.map((each) => (each === model ? [position] : [])),
      door: reservation === undefined ? {} : { reservation },
    }))
  }
  return {
    list,
    requestKind,
    kindOf: (entry, instance, position) => {
      const { id, labels = [] } = instance
      const holder = id === undefined ? undefined : (held.get(id) ?? held.get(withoutNumber(id)))
      const isBound =
        holder !== undefined &&
        (holder.sameNode !== undefined || (holder.spread ?? holder.avoid ?? []).length > 0)
      const mayMove =
        instance.pinned !== true &&
        !(id !== undefined && pinned.has(id)) &&
        !isBound &&
        ![...labels, ...(holder?.labels ?? [])].some((label) => named.has(label))
      return {
        kind: holder === undefined ? looseKind(entry, position) : requestKind(holder),
        mayMove,
      }
    },
  }
}

/** What it costs to move an instance. Throws `MIG_FLEET_INVALID` for what is no whole number from 0. */
export function compileMoveCosts(
  costs: FleetMoveCosts = {},
  path: string,
): (instance: FleetInstance, profileName: string) => number {
  const { each = 1, profiles = [], requests = [] } = costs
  requireWhole(each, 0, [path, 'each'])
  const ofRequest = new Map<string, number>()
  for (const [index, { id, cost }] of requests.entries()) {
    ofRequest.set(id, requireWhole(cost, 0, [path, 'requests', index, 'cost']))
  }
  const ofProfile = new Map<string | number, number>()
  for (const [index, { profile, cost }] of profiles.entries()) {
    requireWhole(cost, 0, [path, 'profiles', index, 'cost'])
    ofProfile.set(typeof profile === 'number' ? profile : normaliseProfileName(profile), cost)
  }
  if (ofRequest.size === 0 && ofProfile.size === 0) return () => each
  return ({ id, profileId }, profileName) =>
    (id === undefined ? undefined : ofRequest.get(id)) ??
    ofProfile.get(normaliseProfileName(profileName)) ??
    ofProfile.get(profileId) ??
    each
}

/** Which GPUs the request may use as things are: what its neighbours and it say of each other. */
export function findEligible(
  fleet: FleetInUse,
  entries: readonly FleetGpuEntry[],
  { spread = [], avoid = [], labels = [], sameNode, id }: FleetRequest,
): ((entry: FleetGpuEntry) => boolean) | null {
  const others = (fleet.requests ?? []).filter((each) => each.id !== undefined && each.id !== id)
  const shuns = others.filter((each) => each.avoid?.some(({ label }) => labels.includes(label)))
  if (spread.length + avoid.length + shuns.length === 0 && sameNode === undefined) return null
  const holders = new Map(others.map((each) => [each.id, each]))
  const counts = new Map<string, number>()
  const nodes = new Set<string | number>()
  const key = (scope: string, where: string | number, label: string): string =>
    `${scope}:${typeof where}:${where}:${label}`
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (const { gpu, position, node } of entries) {
    for (const instance of gpu.layout ?? []) {
      const holder =
        instance.id === undefined
          ? undefined
          : (holders.get(instance.id) ?? holders.get(withoutNumber(instance.id)))
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
  gpus: readonly FleetGpu[],
  pinned: readonly string[] = [],
): ReadonlySet<string> {
  const ids = new Set(pinned)
  if (ids.size === 0) return ids
  const there = new Set(gpus.flatMap(({ layout = [] }) => layout.map((each) => each.id)))
  for (const [index, id] of pinned.entries()) {
    if (!there.has(id)) throw invalid(['pinned', index], `is ${id}, which holds no instance`)
  }
  return ids
}
