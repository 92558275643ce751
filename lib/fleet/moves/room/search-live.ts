import type { FleetPlan } from '../../../../types/fleet/moves.js'
import type { Budget } from '../../program/linear-program.js'
import type { PlaceOnGpu } from '../free-places.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import { type LiveMove, planLive } from './plan-live.js'

/** A fleet after some moves. */
interface Reached {
  readonly gpus: readonly LiveGpu[]
  readonly before: { readonly reached: Reached; readonly move: LiveMove } | null
}

interface LiveGpu extends Pick<PlaceOnGpu, 'gpu' | 'accessGroup'> {
  readonly state: number
  readonly held: readonly Pick<LiveMove & PlaceOnGpu, 'instance' | 'place'>[]
  /** Equal for GPUs that differ in nothing that counts. */
  readonly key: string
}

/** With more GPUs, there are too many ways to move. */
const mostGpus = 64
const mostReached = 5000

/**
 * Every layout that moves one at a time can reach. A live plan is such moves, because an old instance that goes at once is in
 * nobody's way. `none`: the request fits into none of these layouts, so no live plan exists.
 */
export function searchLive(
  fleet: GroupedFleet,
  requestId: string | null,
  budget: Budget,
): FleetPlan | 'none' | 'unknown' {
  const size = fleet.layoutGroups.reduce((sum, { members }) => sum + members.length, 0)
  if (size > mostGpus || fleet.hasIdle) return 'unknown'
  const gpus = fleet.layoutGroups
    .flatMap(({ classGroup: { accessGroup }, members }) =>
      members.all().map((gpu) =>
        keyed({
          gpu,
          accessGroup,
          held: gpu.instances.map((instance) => ({ instance, place: instance.place })),
        }),
      ),
    )
    .sort((a, b) => a.gpu.position - b.gpu.position)
  const queue: Reached[] = [{ gpus, before: null }]
  const known = new Set([keyOf(gpus)])
  for (const reached of queue) {
    const room = findRoom(reached, fleet.wanted)
    if (room !== null)
      return planLive(listMoves(reached), fleet.wanted, room, requestId) ?? 'unknown'
    if (!budget.spend(reached.gpus.length)) return 'unknown'
    for (const next of listNext(reached)) {
      const key = keyOf(next.gpus)
      if (known.has(key)) continue
      if (known.size === mostReached) return 'unknown'
      known.add(key)
      queue.push(next)
    }
  }
  return 'none'
}

function keyed({ gpu, accessGroup, held }: Omit<LiveGpu, 'state' | 'key'>): LiveGpu {
  const { nextOf } = accessGroup.model.tables.states
  const state = held.reduce((at, { place }) => nextOf(at)[place.number] ?? -1, 0)
  const texts = held.map(
    ({ place, instance: { kind, cost } }) => `${place.number}:${cost < 0 ? 'stays' : kind}`,
  )
  return { gpu, accessGroup, held, state, key: `${accessGroup.number}|${texts.sort().join()}` }
}

function keyOf(gpus: readonly LiveGpu[]): string {
  return gpus
    .map(({ key }) => key)
    .sort()
    .join(';')
}

function findRoom({ gpus }: Reached, wanted: number): PlaceOnGpu | null {
  for (const gpu of gpus) for (const found of listFree(gpu, wanted)) return found
  return null
}

/** Free places for an instance of this kind. */
function* listFree({ gpu, accessGroup, state }: LiveGpu, kind: number): Iterable<PlaceOnGpu> {
  const { profiles, states } = accessGroup.model.tables
  const next = states.nextOf(state)
  for (const position of accessGroup.positionsOf.get(kind) ?? []) {
    for (const place of profiles[position]?.placements ?? [])
      if ((next[place.number] ?? -1) >= 0) yield { gpu, accessGroup, place }
  }
}

/** The layouts after one more move. Equal GPUs count once. */
function* listNext(reached: Reached): Iterable<Reached> {
  const { gpus } = reached
  const first = new Map(gpus.map((gpu) => [gpu.key, gpu] as const).reverse())
  for (const source of first.values()) {
    for (const going of source.held) {
      const { instance, place } = going
      if (instance.cost < 0) continue
      const left = keyed({ ...source, held: source.held.filter((each) => each !== going) })
      const second = gpus.find((each) => each.key === source.key && each !== source)
      for (const target of [...first.values(), ...(second === undefined ? [] : [second])]) {
        for (const to of listFree(target, instance.kind)) {
          const held = [...(target === source ? left : target).held, { instance, place: to.place }]
          const come = keyed({ ...target, held })
          const move = { instance, from: { ...source, place }, to }
          yield {
            gpus: gpus.map((each) => (each === target ? come : each === source ? left : each)),
            before: { reached, move },
          }
        }
      }
    }
  }
}

function listMoves(reached: Reached): readonly LiveMove[] {
  const moves: LiveMove[] = []
  for (let at = reached.before; at !== null; at = at.reached.before) moves.push(at.move)
  return moves.reverse()
}
