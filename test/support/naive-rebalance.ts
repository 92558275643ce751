import type {
  MovablePod,
  RebalanceGpu,
  RebalanceNode,
  RebalancePod,
  RebalanceProblem,
} from '../../types/kubernetes/rebalance.js'
import { type NaiveGpu, naiveGpus } from './naive-gpu.js'

// The best plan of a small cluster, by trying every layout of every GPU and every place of every pod. Layouts come from the catalog's
// own figures; nothing here comes from the planner.

/** What one GPU, or one node, may become. */
interface Outcome {
  readonly supply: Readonly<Record<string, number>>
  readonly evicted: readonly string[]
  readonly destroyed: number
  readonly modes: number
  readonly room: number
  readonly changes: boolean
}

/** The figures of the best plan, in the order of the planner's objective. */
export function naiveRebalance(problem: RebalanceProblem): readonly number[] {
  const { nodes, pods, reserves = [], movable = [], budgets = {} } = problem
  const priorities = [...new Set(pods.map(({ priority = 0 }) => priority))].sort((a, b) => b - a)
  const mix = mixOf(problem)
  const most = nodes.reduce(
    (sum, node) => sum + node.gpus.reduce((all, gpu) => all + mostRoom(gpu, problem), 0),
    0,
  )
  let best: readonly number[] | null = null
  const outcomes = nodes.map((node) => nodeOutcomes(node, problem))
  const choose = (index: number, chosen: readonly Outcome[]): void => {
    if (index < nodes.length) {
      for (const outcome of outcomes[index] ?? []) choose(index + 1, [...chosen, outcome])
      return
    }
    const evicted = chosen.flatMap((each) => each.evicted)
    const moving = movable.filter(({ id }) => evicted.includes(id))
    const isOver = Object.entries(budgets).some(
      ([name, allowed]) =>
        moving.filter((pod) => pod.budgets?.includes(name) === true).length > allowed,
    )
    if (isOver) return
    const fixed = [
      evicted.length,
      chosen.reduce((sum, { modes }) => sum + modes, 0),
      chosen.reduce((sum, { destroyed }) => sum + destroyed, 0),
      chosen.filter(({ changes }) => changes).length,
    ]
    const room = chosen.reduce((sum, each) => sum + each.room, 0)
    const stocks = chosen.map(({ supply }) => ({ ...supply }))
    const wanted: readonly (RebalancePod & { readonly must?: boolean })[] = [
      ...moving.map((pod) => ({ ...pod, must: true })),
      ...pods,
    ]
    const waiting = priorities.map(() => 0)
    let used = 0
    const place = (at: number): void => {
      const pod = wanted[at]
      if (pod === undefined) {
        let missing = 0
        for (const { size, count, nodeSelector = {} } of reserves) {
          for (const [number, { labels = {} }] of nodes.entries()) {
            if (!Object.entries(nodeSelector).every(([key, value]) => labels[key] === value))
              continue
            missing += Math.max(0, count - (stocks[number]?.[size] ?? 0))
          }
        }
        const values = [...waiting, missing, ...fixed, most - room + used]
        if (best === null || compare(values, best) < 0) best = values
        return
      }
      const devices = Object.entries(pod.devices)
      const worth = devices.reduce((sum, [size, count]) => sum + count * (mix[size] ?? 0), 0)
      for (const [number, node] of nodes.entries()) {
        const stock = stocks[number] ?? {}
        if (!enters(pod, node) || devices.some(([size, count]) => (stock[size] ?? 0) < count))
          continue
        for (const [size, count] of devices) stock[size] = (stock[size] ?? 0) - count
        used += worth
        place(at + 1)
        used -= worth
        for (const [size, count] of devices) stock[size] = (stock[size] ?? 0) + count
      }
      if (pod.must === true) return
      const level = priorities.indexOf(pod.priority ?? 0)
      waiting[level] = (waiting[level] ?? 0) + 1
      if (best === null || compare(waiting, best.slice(0, waiting.length)) <= 0) place(at + 1)
      waiting[level] = (waiting[level] ?? 0) - 1
    }
    place(0)
  }
  choose(0, [])
  return best ?? []
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index])
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0)
}

/** Selectors alone: the tests of taints and affinities have their own cases. */
function enters({ nodeSelector = {} }: RebalancePod, { labels = {} }: RebalanceNode): boolean {
  return Object.entries(nodeSelector).every(([key, value]) => labels[key] === value)
}

function mixOf({ pods, mix }: RebalanceProblem): Readonly<Record<string, number>> {
  if (mix !== undefined) return mix
  const counts: Record<string, number> = {}
  for (const { devices } of pods)
    for (const [size, count] of Object.entries(devices)) counts[size] = (counts[size] ?? 0) + count
  return counts
}

function nodeOutcomes(node: RebalanceNode, problem: RebalanceProblem): readonly Outcome[] {
  let all: readonly Outcome[] = [
    { supply: {}, evicted: [], destroyed: 0, modes: 0, room: 0, changes: false },
  ]
  for (const gpu of node.gpus) {
    const own = gpuOutcomes(gpu, node, problem)
    all = distinct(all.flatMap((one) => own.map((other) => add(one, other))))
  }
  return all
}

function add(one: Outcome, other: Outcome): Outcome {
  const supply: Record<string, number> = { ...one.supply }
  for (const [size, count] of Object.entries(other.supply))
    supply[size] = (supply[size] ?? 0) + count
  return {
    supply,
    evicted: [...one.evicted, ...other.evicted],
    destroyed: one.destroyed + other.destroyed,
    modes: one.modes + other.modes,
    room: one.room + other.room,
    changes: one.changes || other.changes,
  }
}

function distinct(outcomes: readonly Outcome[]): readonly Outcome[] {
  const byText = new Map(
    outcomes.map((each) => [
      JSON.stringify({
        ...each,
        supply: Object.entries(each.supply)
          .filter(([, n]) => n > 0)
          .sort(),
      }),
      each,
    ]),
  )
  return [...byText.values()]
}

function modelOf({ model }: RebalanceGpu): NaiveGpu {
  const found = naiveGpus.find(({ key }) => key === model)
  if (found === undefined) throw new Error(`no GPU ${model}`)
  return found
}

function spotOf(model: NaiveGpu, profileId: number, start: number): number {
  return model.spots.findIndex(
    (spot) => model.geometry.profiles[spot.profile]?.id === profileId && spot.start === start,
  )
}

function gpuOutcomes(
  gpu: RebalanceGpu,
  node: RebalanceNode,
  problem: RebalanceProblem,
): readonly Outcome[] {
  const mix = mixOf(problem)
  const movable = problem.movable ?? []
  const { migEnabled = true, layout = [], modeChange = 'no', heldBy } = gpu
  const model = modelOf(gpu)
  const whole = mix['gpu'] ?? 0
  const cost = modeChange === 'reset' ? 1000 : 1
  const nothing = { evicted: [], destroyed: 0, modes: 0, changes: false }
  if (!migEnabled) {
    if (heldBy !== undefined) return [{ ...nothing, supply: {}, room: 0 }]
    const still: Outcome = { ...nothing, supply: { gpu: 1 }, room: whole }
    if (node.fixed !== undefined || modeChange === 'no') return [still]
    return distinct([
      still,
      ...model.sets.map((set): Outcome => {
        const supply = countSizes(model, set)
        return {
          ...nothing,
          supply,
          modes: cost,
          room: roomOf(model, set, supply, mix),
          changes: true,
        }
      }),
    ])
  }
  const bits = layout.map(
    ({ profileId, placement }) => 1 << spotOf(model, profileId, placement.start),
  )
  const now = bits.reduce((set, bit) => set | bit, 0)
  const pods = layout.map(({ heldBy: pod }) => movable.find(({ id }): boolean => id === pod))
  const outcomes: Outcome[] = []
  for (let chosen = 0; chosen < 2 ** layout.length; chosen += 1) {
    const evicted = layout.flatMap((_, index) => {
      const pod = (chosen >> index) & 1 ? pods[index] : undefined
      return pod === undefined ? [] : [{ bit: bits[index] ?? 0, pod }]
    })
    if (evicted.length !== countOnes(chosen) || evicted.length > 2) continue
    if (node.fixed !== undefined && evicted.length > 0) continue
    let held = 0
    for (const [index, { heldBy: pod }] of layout.entries())
      if (pod !== undefined && !evicted.some(({ bit }) => bit === bits[index]))
        held |= bits[index] ?? 0
    const gone = evicted.map(({ pod }: { pod: MovablePod }) => pod.id).sort()
    for (const set of model.sets) {
      if ((set & held) !== held) continue
      if (problem.moveFrom === 'destroyed' && evicted.some(({ bit }) => (set & bit) !== 0)) continue
      if (node.fixed !== undefined && set !== now) continue
      // What is not a device stays no device.
      const dead = layout.reduce(
        (sum, { isDevice }, index) => (isDevice === false ? sum | (bits[index] ?? 0) : sum),
        0,
      )
      // One that is no device may be made anew at its place.
      for (const again of subsetsOf(dead & set & ~held)) {
        const supply = countSizes(model, set & ~held & ~(dead & ~again))
        const destroyed = countOnes(now & ~set) + countOnes(again)
        if (node.fixed !== undefined && again !== 0) continue
        outcomes.push({
          supply,
          evicted: gone,
          destroyed,
          modes: 0,
          room: roomOf(model, set, supply, mix),
          changes: set !== now || again !== 0,
        })
      }
    }
    if (held === 0 && modeChange !== 'no' && node.fixed === undefined)
      outcomes.push({
        supply: { gpu: 1 },
        evicted: gone,
        destroyed: layout.length,
        modes: cost,
        room: whole,
        changes: true,
      })
  }
  return distinct(outcomes)
}

function countSizes({ geometry, spots }: NaiveGpu, set: number): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [index, { profile }] of spots.entries()) {
    const name = geometry.profiles[profile]?.name ?? ''
    if ((set >> index) & 1) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

const knownRooms = new Map<string, number>()

function roomOf(
  model: NaiveGpu,
  set: number,
  supply: Readonly<Record<string, number>>,
  mix: Readonly<Record<string, number>>,
): number {
  let room = 0
  for (const [size, share] of Object.entries(mix)) {
    const key = `${model.key} ${set} ${size}`
    let more = knownRooms.get(key)
    if (more === undefined) {
      more = 0
      for (const other of model.sets)
        if ((other & set) === set) more = Math.max(more, countSizes(model, other & ~set)[size] ?? 0)
      knownRooms.set(key, more)
    }
    room += share * (more + (supply[size] ?? 0))
  }
  return room
}

function mostRoom(gpu: RebalanceGpu, problem: RebalanceProblem): number {
  const mix = mixOf(problem)
  const model = modelOf(gpu)
  const { migEnabled = true, layout = [], heldBy, modeChange = 'no' } = gpu
  const movable = new Set(problem.movable?.map(({ id }) => id))
  let held = 0
  for (const { profileId, placement, heldBy: pod } of layout)
    if (pod !== undefined && !movable.has(pod))
      held |= 1 << spotOf(model, profileId, placement.start)
  const divided = migEnabled || modeChange !== 'no' ? roomOf(model, held, {}, mix) : 0
  return Math.max(divided, heldBy === undefined ? (mix['gpu'] ?? 0) : 0)
}

function* subsetsOf(set: number): Generator<number> {
  for (let part = set; ; part = (part - 1) & set) {
    yield part
    if (part === 0) return
  }
}

function countOnes(bits: number): number {
  return bits.toString(2).replaceAll('0', '').length
}
