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
  return (gpu) => {
    const { id, entry, node } = gpu
    const named = [
      ...(byGpu.get(id) ?? []),
      ...(entry === undefined || entry === id ? [] : (byGpu.get(entry) ?? [])),
      ...(node === undefined ? [] : (byNode.get(node) ?? [])),
    ]
    const tried = named.length === 0 ? anywhere : [...new Set([...anywhere, ...named])]
    return tried.filter((number) => mayEnter(gpu, accesses[number] ?? {})).sort((a, b) => a - b)
  }
}
