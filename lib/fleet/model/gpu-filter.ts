import type { FleetGpu, FleetGpuFilter, FleetRequest } from '../../../types/fleet.js'

export function meetsFilter(gpu: FleetGpu, where: FleetGpuFilter): boolean {
  const { gpus, nodes, notNodes, models, labels } = where
  return (
    (gpus === undefined || gpus.includes(gpu.id)) &&
    (nodes === undefined || (gpu.node !== undefined && nodes.includes(gpu.node))) &&
    (notNodes === undefined || gpu.node === undefined || !notNodes.includes(gpu.node)) &&
    (models === undefined || (gpu.model !== undefined && models.includes(gpu.model))) &&
    Object.entries(labels ?? {}).every(([name, value]) => gpu.labels?.[name] === value)
  )
}

/** Whether this GPU may serve this request at all: reservation and filter, not room. */
export function mayEnter(
  gpu: FleetGpu,
  { where, reservation }: Pick<FleetRequest, 'where' | 'reservation'>,
): boolean {
  return (
    (gpu.reservation === undefined || gpu.reservation === reservation) &&
    (where === undefined || meetsFilter(gpu, where))
  )
}
