import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { mayEnter } from '../model/gpu-filter.js'

/** The part of a request that decides which GPUs it may enter. */
export type Access = Pick<FleetRequest, 'where' | 'reservation'>

/**
 * Finds the accesses that may enter a GPU, by number and ascending. Those that name GPUs or nodes are only tried where
 * they name the GPU or its node, because thousands of requests may each have a few nodes of their own.
 */
export function indexAccesses(accesses: readonly Access[]): (gpu: FleetGpu) => readonly number[] {
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
  const isOpen = (gpu: FleetGpu, number: number): boolean => mayEnter(gpu, accesses[number] ?? {})
  return (gpu) => {
    const { id, entry, node } = gpu
    const lists = [
      anywhere,
      byGpu.get(id) ?? [],
      entry === undefined || entry === id ? [] : (byGpu.get(entry) ?? []),
      node === undefined ? [] : (byNode.get(node) ?? []),
    ].filter(({ length }) => length > 0)
    // One list is in order already.
    const [only = []] = lists
    if (lists.length < 2) return only.filter((number) => isOpen(gpu, number))
    const tried = [...new Set(lists.flat())].sort((a, b) => a - b)
    return tried.filter((number) => isOpen(gpu, number))
  }
}
