import type { FleetGpu } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { requireList, requireObject, requireWhole } from './check-form.js'

interface Machine {
  readonly gpus: FleetGpu[]
  gpuCount: number
}

/**
 * Cuts a list of GPUs into at most so many parts of about equal size, without cutting a machine: rules about neighbours never
 * reach beyond one. Throws `MIG_FLEET_INVALID`.
 */
export function splitMachines(
  gpus: readonly FleetGpu[],
  shards: number,
): readonly (readonly FleetGpu[])[] {
  requireList(gpus, ['gpus'])
  requireWhole(shards, 1, ['shards'])
  const machines = new Map<string, Machine>()
  let total = 0
  for (const [position, gpu] of gpus.entries()) {
    requireObject(gpu, ['gpus', position])
    const { id, node, entry, count = 1 } = gpu
    const key = JSON.stringify(node === undefined ? [null, entry ?? id] : [node])
    const machine = cached(machines, key, (): Machine => ({ gpus: [], gpuCount: 0 }))
    machine.gpus.push(gpu)
    machine.gpuCount += requireWhole(count, 0, ['gpus', position, 'count'])
    total += count
  }
  const parts: FleetGpu[][] = [[]]
  let before = 0
  for (const machine of machines.values()) {
    const isFull = before * shards >= total * parts.length
    if (isFull && parts.length < shards && parts.at(-1)?.length !== 0) parts.push([])
    for (const gpu of machine.gpus) parts.at(-1)?.push(gpu)
    before += machine.gpuCount
  }
  return parts
}
