import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { mayEnter } from '../model/gpu-filter.js'

/** The part of a request that decides which GPUs it may enter. */
export type Access = Pick<FleetRequest, 'where' | 'reservation'>

/** The accesses that may enter a GPU. */
export interface OpenAccesses {
  /** By number, ascending. */
  readonly numbers: readonly number[]
  /** The numbers as text. */
  readonly key: string
}

/** With fewer, trying each of them again takes less time than a text of what they read. */
const fewestKnown = 16

/**
 * Finds the accesses that may enter a GPU. Those that name GPUs or nodes are only tried where they name the GPU or its
 * node, because thousands of requests may each have a few nodes of their own. The others are tried once for all GPUs
 * of a node that have the same model and labels.
 */
export function indexAccesses(accesses: readonly Access[]): (gpu: FleetGpu) => OpenAccesses {
  const anywhere: number[] = []
  const byGpu = new Map<string, number[]>()
  const byNode = new Map<string, number[]>()
  for (const [number, { where }] of accesses.entries()) {
    const { gpus, nodes } = where ?? {}
    if (gpus !== undefined) for (const id of new Set(gpus)) cached(byGpu, id, () => []).push(number)
    else if (nodes !== undefined)
      for (const node of new Set(nodes)) cached(byNode, node, () => []).push(number)
    else anywhere.push(number)
  }
  const filter = (gpu: FleetGpu, tried: readonly number[]): readonly number[] =>
    tried.filter((number) => mayEnter(gpu, accesses[number] ?? {}))
  const known = new Map<string, OpenAccesses>()
  const findAnywhere = (gpu: FleetGpu): OpenAccesses => {
    const find = (): OpenAccesses => withKey(filter(gpu, anywhere))
    return anywhere.length < fewestKnown ? find() : cached(known, textOf(gpu), find)
  }
  return (gpu) => {
    const { id, entry, node } = gpu
    const lists = [
      byGpu.get(id) ?? [],
      entry === undefined || entry === id ? [] : (byGpu.get(entry) ?? []),
      node === undefined ? [] : (byNode.get(node) ?? []),
    ].filter(({ length }) => length > 0)
    const [only] = lists
    if (only === undefined) return findAnywhere(gpu)
    // One list is in order already.
    if (lists.length === 1 && anywhere.length === 0) return withKey(filter(gpu, only))
    const named = filter(gpu, [...new Set(lists.flat())])
    return withKey([...findAnywhere(gpu).numbers, ...named].sort((a, b) => a - b))
  }
}

function withKey(numbers: readonly number[]): OpenAccesses {
  return { numbers, key: numbers.join() }
}

/** What filters that name no GPUs read. */
function textOf({ node, model, labels, reservation, cordoned }: FleetGpu): string {
  return JSON.stringify([node, model, labels, reservation, cordoned])
}
