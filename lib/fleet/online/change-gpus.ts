import type { FleetGpuChoice, RemoveGpusOptions } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetPlacement, FleetRequest } from '../../../types/fleet/pack.js'
import { layoutTableOf } from '../layouts/layout-table.js'
import { checkForm, choiceForm, requireList, requireText } from '../model/check-form.js'
import type { FleetModel } from '../model/fleet-model.js'
import { invalid } from '../model/invalid.js'
import { limitNamedGpus } from '../model/limits.js'
import { readGpus } from '../model/read-gpus.js'
import type { FleetInside } from './fleet-inside.js'
import {
  appendGpus,
  dropGpu,
  forgetLayout,
  type NamedEntry,
  nameEntries,
  openGpu,
  setCordon,
} from './fleet-members.js'
import { orderPools } from './fleet-pools.js'
import type { FleetState, Holding, OnlineGpu } from './fleet-state.js'
import { noteChange } from './gpu-groups.js'
import { describeHolding, listHeld } from './holding.js'
import { findTakenMember } from './request-names.js'

/** GPUs that are named and checked but not yet in the fleet, and the requests of what they hold. */
interface ComingGpus {
  readonly named: readonly NamedEntry[]
  readonly requests: readonly FleetRequest[]
}

type Entered = Pick<FleetInside, 'state' | 'holdings' | 'requests'>

/** Throws `MIG_FLEET_INVALID`. */
export function addGpus(
  inside: FleetInside,
  gpus: readonly FleetGpu[],
  requests: readonly FleetRequest[],
): void {
  const { state, rankings } = inside
  const coming = readComing(inside, gpus, requests)
  try {
    for (const model of new Set(coming.named.map(({ entry }) => entry.model))) rankings.of(model)
  } catch (error) {
    const before = [...state.models.list]
    orderPools(state)
    forgetUnused(inside, before)
    throw error
  }
  enterGpus(inside, coming)
}

/** Throws `MIG_FLEET_INVALID`, and then leaves no trace of these GPUs in the fleet. */
function readComing(
  fleet: Entered,
  gpus: readonly FleetGpu[],
  asked: readonly FleetRequest[],
): ComingGpus {
  const { state } = fleet
  const before = state.models.list.length
  try {
    const requests = fleet.requests.read(asked)
    const entries = readGpus(state.models, gpus)
    limitNamedGpus(entries, state.gpuByName.size())
    const coming = { named: nameEntries(state, entries), requests }
    checkHolders(fleet, coming)
    for (const { tables } of state.models.list.slice(before)) layoutTableOf(tables)
    return coming
  } catch (error) {
    orderPools(state)
    throw error
  }
}

/** Adds them at the end of the fleet. Nothing here throws. */
function enterGpus(
  { state, holdings, requests, rankings }: Entered & Pick<FleetInside, 'rankings'>,
  coming: ComingGpus,
): void {
  requests.expect(coming.requests)
  for (const gpu of appendGpus(state, coming.named, rankings.of)) {
    holdings.adopt(gpu)
    openGpu(gpu)
  }
  for (const { entry } of coming.named) forgetLayout(entry.gpu)
  requests.settle(coming.requests)
  state.modelsVersion += 1
  orderPools(state)
}

/** Ids on these GPUs must be new, or those of missing members of a request with a count. */
function checkHolders(
  { holdings, requests: held }: Entered,
  { named, requests }: ComingGpus,
): void {
  const groups = new Set<string>()
  for (const [index, { id, count }] of requests.entries()) {
    if (id === undefined || held.isGroup(id)) continue
    const taken = holdings.get(id) !== undefined ? id : findTakenMember(holdings, id, count ?? 0)
    if (taken !== null) {
      throw invalid(['requests', index], `has the name ${taken}, which holds an instance already`)
    }
    if (count !== undefined) groups.add(id)
  }
  if (holdings.count() + groups.size === 0) return
  for (const { name, entry } of named) {
    const { layout = [], heldBy } = entry.gpu
    for (const id of [heldBy, ...layout.map((instance) => instance.id)]) {
      if (id === undefined) continue
      if (holdings.get(id) === undefined && !held.isGroup(id) && !groups.has(id)) continue
      throw invalid(['gpus'], `has ${name}, held by ${id}, which already holds something else`)
    }
  }
}

/** Throws `MIG_FLEET_INVALID`. */
export function removeGpus(
  inside: FleetInside,
  names: readonly string[],
  { evict = false }: RemoveGpusOptions,
): readonly FleetPlacement[] {
  const { state, holdings, observer } = inside
  const gpus = findGpus(state, names)
  for (const gpu of evict ? [] : gpus) {
    const { name, held } = gpu
    if (held.every(({ idle }) => idle)) continue
    const ids = listHeld(gpu)
      .filter(({ idle }) => !idle)
      .map(({ request }) => request ?? 'an instance without an id')
      .join(', ')
    throw invalid(['gpus', names.indexOf(name)], `is ${name}, which holds ${ids}`)
  }
  const before = [...state.models.list]
  const evicted = gpus.flatMap((gpu) => listRequested(state, gpu).map(describeHolding))
  for (const gpu of gpus) {
    for (const holding of [...gpu.held]) {
      holdings.drop(holding)
      state.planned.delete(holding)
    }
    state.closed.delete(gpu)
    dropGpu(state, gpu)
  }
  observer.released(evicted.filter(({ request }) => request !== null).length)
  forgetUnused(inside, before)
  return evicted
}

/** Forgets what the fleet knows of geometries that no GPU has any more. */
function forgetUnused(
  { state, rankings, observer }: FleetInside,
  before: readonly FleetModel[],
): void {
  for (const { tables } of before) {
    if (state.models.list.some((model) => model.tables === tables)) continue
    rankings.forget(tables)
    observer.forget(tables)
  }
}

/** Returns what these GPUs hold. Throws `MIG_FLEET_INVALID`. */
export function cordonGpus(
  state: FleetState,
  which: FleetGpuChoice,
  cordoned: boolean,
): readonly FleetPlacement[] {
  checkForm(which, choiceForm, ['which'])
  const { gpus: names = [], nodes = [] } = which
  const gpus = new Set(findGpus(state, names))
  for (const [index, node] of nodes.entries()) {
    const there = state.gpusByNode.get(node)
    if (there === undefined) throw invalid(['nodes', index], `is ${node}, no node of the fleet`)
    for (const gpu of there) gpus.add(gpu)
  }
  for (const gpu of gpus) {
    if (state.closed.has(gpu)) {
      state.closed.set(gpu, cordoned)
      noteChange(gpu, null)
    } else setCordon(gpu, cordoned)
  }
  return [...gpus]
    .sort((a, b) => a.order - b.order)
    .flatMap((gpu) => listRequested(state, gpu).map(describeHolding))
}

/** What requests hold on the GPU, without what only a plan keeps there. */
function listRequested({ planned }: FleetState, gpu: OnlineGpu): readonly Holding[] {
  return listHeld(gpu).filter((each) => !each.idle && (planned.get(each) ?? 'moving') === 'moving')
}

function findGpus({ gpuByName }: FleetState, names: readonly string[]): readonly OnlineGpu[] {
  requireList(names, ['gpus'])
  const found = new Set<OnlineGpu>()
  for (const [index, name] of names.entries()) {
    const gpu = gpuByName.get(name)
    requireText(name, ['gpus', index])
    if (gpu === undefined) throw invalid(['gpus', index], `is ${name}, no GPU of the fleet`)
    found.add(gpu)
  }
  return [...found]
}
