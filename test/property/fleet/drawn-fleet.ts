import type { FleetMoveCosts } from '../../../types/fleet/moves.js'
import type {
  FleetGpu,
  FleetGpuFilter,
  FleetInstance,
  FleetRequest,
} from '../../../types/fleet/pack.js'
import { layoutOf, type NaiveGpu, naiveGpus, spotsOf } from '../../support/naive-gpu.js'
import type { NaiveItem } from '../../support/naive-moves.js'

// Small fleets with everything that decides where an instance may go: requests by profile or need, filters,
// reservations, cordons, pins, rules about neighbours, and instances that their request no longer accepts.
// What may go where is written here a second time, from the documentation of the fleet alone.

const [a30, a100, rtx] = ['a30-24gb', 'a100-40gb', 'rtx-pro-5000-blackwell-48gb'].map(
  (key) => naiveGpus.find((gpu) => gpu.key === key) as NaiveGpu,
) as [NaiveGpu, NaiveGpu, NaiveGpu]

/** Few enough GPUs that every assignment can be tried. */
const combinations = [
  [a30, a30],
  [a30, a30, rtx],
  [rtx, rtx, rtx],
  [a100],
  [a100, a30],
  [rtx, a100],
]

type Random = (below: number) => number

export interface DrawnFleet {
  readonly gpus: readonly FleetGpu[]
  readonly requests: readonly FleetRequest[]
  readonly naive: readonly NaiveGpu[]
  readonly costs: FleetMoveCosts
  readonly wanted: FleetRequest
}

const oneIn = (random: Random, many: number): boolean => random(many) === 0
const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T

export function drawFleet(random: Random): DrawnFleet {
  const naive = pick(random, combinations)
  const requests: FleetRequest[] = []
  const byRequest: { id: string; cost: number }[] = []
  const odd = oneIn(random, 3)
  const gpus = naive.map((gpu, number): FleetGpu => {
    // The larger of two sets, because only full fleets have to move something.
    const sets = [pick(random, gpu.sets), pick(random, gpu.sets)]
    const [fuller = 0] = sets.sort((a, b) => spotsOf(gpu, b).length - spotsOf(gpu, a).length)
    const there = oneIn(random, 6) ? 0 : fuller
    const spots = spotsOf(gpu, there)
    const layout = layoutOf(gpu, there).map(({ profileId, placement }, index): FleetInstance => {
      const request = drawHolder(random, gpu, spots[index]?.profile ?? 0, odd)
      const name = `h${number}-${index}`
      const id = request?.count === undefined ? name : `${name}/0`
      if (request !== null) requests.push({ ...request, id: name })
      if (oneIn(random, 4)) byRequest.push({ id, cost: random(4) })
      return {
        profileId,
        placement,
        id,
        ...(oneIn(random, 8) && { pinned: true }),
        ...(odd && oneIn(random, 5) && { labels: ['web'] }),
      }
    })
    return {
      id: `g${number}`,
      model: gpu.key,
      geometry: gpu.geometry,
      node: `n${random(2)}`,
      layout,
      ...(odd && oneIn(random, 5) && { reservation: 'team' }),
      ...(odd && oneIn(random, 5) && { cordoned: true }),
    }
  })
  const asked = pick(random, naive)
  const wanted: FleetRequest = {
    id: 'new',
    ...(oneIn(random, 3)
      ? { need: { memoryMiB: 1 + random(42_000) } }
      : { profile: pick(random, asked.geometry.profiles).name }),
    ...(odd && oneIn(random, 5) && { where: drawFilter(random) }),
    ...(odd && oneIn(random, 5) && { reservation: 'team' }),
  }
  return { gpus, requests, naive, costs: { requests: byRequest }, wanted }
}

function drawFilter(random: Random): FleetGpuFilter {
  return pick<FleetGpuFilter>(random, [
    { models: ['a30-24gb'] },
    { models: ['a100-40gb'] },
    { nodes: ['n0'] },
    { notNodes: ['n0'] },
    { gpus: ['g0', 'g1'] },
  ])
}

function drawHolder(
  random: Random,
  gpu: NaiveGpu,
  profile: number,
  odd: boolean,
): FleetRequest | null {
  if (oneIn(random, 3)) return null
  const own = gpu.geometry.profiles[profile]
  // The request may no longer accept the profile that it has.
  const memory = odd && oneIn(random, 5) ? 40_000 : (gpu.profiles[profile]?.memoryMiB ?? 0)
  const wish = oneIn(random, 3)
    ? { profile: own?.name ?? '' }
    : { need: { memoryMiB: 1 + random(memory) } }
  return {
    ...wish,
    ...(oneIn(random, 6) && { count: 2 }),
    ...(odd && oneIn(random, 5) && { where: drawFilter(random) }),
    ...(odd && oneIn(random, 8) && { reservation: 'team' }),
    ...(odd && oneIn(random, 12) && { sameNode: 'pair' }),
    ...(odd && oneIn(random, 12) && { spread: [{ label: 'web', maxPerGpu: 3 }] }),
    ...(odd && oneIn(random, 8) && { labels: ['web'] }),
  }
}

/** Positions of the profiles that serve a request on a GPU of this model. */
export function serves({ profile, need }: FleetRequest, gpu: NaiveGpu): readonly number[] {
  return [...gpu.profiles.keys()].filter((position) =>
    profile === undefined
      ? (gpu.profiles[position]?.memoryMiB ?? 0) >= (need?.memoryMiB ?? 0)
      : gpu.geometry.profiles[position]?.name === profile,
  )
}

type Access = Pick<FleetRequest, 'where' | 'reservation'>

/** Whether the request may enter the GPU, cordoned or not. */
export function mayEnter(gpu: FleetGpu, { where = {}, reservation }: Access): boolean {
  const { gpus, nodes, notNodes, models: names } = where
  return (
    (gpu.reservation === undefined || gpu.reservation === reservation) &&
    (gpus === undefined || gpus.includes(gpu.id)) &&
    (nodes === undefined || nodes.includes(gpu.node ?? '')) &&
    (notNodes === undefined || !notNodes.includes(gpu.node ?? '')) &&
    (names === undefined || names.includes(gpu.model ?? ''))
  )
}

/** By GPU: the spots of some profiles, if the GPU is open. */
function spotsBy(
  { gpus, naive }: Pick<DrawnFleet, 'gpus' | 'naive'>,
  isOpen: (gpu: FleetGpu) => boolean,
  profilesOn: (gpu: NaiveGpu) => readonly number[],
): readonly (readonly number[])[] {
  return gpus.map((gpu, number) => {
    const model = naive[number] as NaiveGpu
    if (!isOpen(gpu)) return []
    const profiles = profilesOn(model)
    return [...model.spots.keys()].filter((spot) =>
      profiles.includes(model.spots[spot]?.profile ?? -1),
    )
  })
}

/** The request that needs a place. */
export function toWanted(fleet: DrawnFleet): NaiveItem {
  const { wanted } = fleet
  const isOpen = (gpu: FleetGpu): boolean => gpu.cordoned !== true && mayEnter(gpu, wanted)
  return { at: null, cost: 0, spots: spotsBy(fleet, isOpen, (gpu) => serves(wanted, gpu)) }
}

/** The instances, as moves may change them; nothing may enter the GPUs of `closed`. */
export function toItems(
  fleet: DrawnFleet,
  closed: ReadonlySet<string> = new Set(),
): readonly NaiveItem[] {
  const { gpus, naive, requests, costs } = fleet
  const ruled = requests.flatMap(({ spread = [], avoid = [] }) =>
    [...spread, ...avoid].map(({ label }) => label),
  )
  return gpus.flatMap((gpu, number) =>
    (gpu.layout ?? []).map(({ id = '', profileId, placement, pinned, labels = [] }): NaiveItem => {
      const model = naive[number] as NaiveGpu
      const profile = model.geometry.profiles.findIndex((each) => each.id === profileId)
      const spot = model.spots.findIndex(
        (each) => each.profile === profile && each.start === placement.start,
      )
      const holder = requests.find((each) => each.id === id.replace(/\/\d+$/, ''))
      const isTied =
        holder?.sameNode !== undefined ||
        (holder?.spread ?? []).length > 0 ||
        [...labels, ...(holder?.labels ?? [])].some((label) => ruled.includes(label))
      const cost = costs.requests?.find((each) => each.id === id)?.cost ?? 1
      const isOpen = (to: FleetGpu): boolean =>
        to.cordoned !== true &&
        !closed.has(to.id) &&
        mayEnter(to, holder ?? { ...(gpu.reservation && { reservation: gpu.reservation }) })
      return {
        at: { gpu: number, spot },
        cost: pinned === true || isTied ? null : cost,
        spots: spotsBy(fleet, isOpen, (to) =>
          holder === undefined ? (to === model ? [profile] : []) : serves(holder, to),
        ),
      }
    }),
  )
}
