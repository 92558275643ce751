import type { FleetGpu, FleetGpuFilter, FleetRequest } from '../../../types/fleet/pack.js'
import { namesModel } from '../../model/model-word.js'

/** `name`: the name of one GPU of an entry with a count. */
export function meetsFilter(gpu: FleetGpu, where: FleetGpuFilter, name: string = gpu.id): boolean {
  const { gpus, nodes, notNodes, models, labels } = where
  return (
    (gpus === undefined ||
      gpus.includes(gpu.id) ||
      gpus.includes(name) ||
      (gpu.entry !== undefined && gpus.includes(gpu.entry))) &&
    (nodes === undefined || (gpu.node !== undefined && nodes.includes(gpu.node))) &&
    (notNodes === undefined || gpu.node === undefined || !notNodes.includes(gpu.node)) &&
    (models === undefined || (gpu.model !== undefined && namesModel(models, gpu.model))) &&
    Object.entries(labels ?? {}).every(([name, value]) => gpu.labels?.[name] === value)
  )
}

/** Whether cordon, reservation and filter let the request enter this GPU, with or without room. */
export function mayEnter(
  gpu: FleetGpu,
  { where, reservation }: Pick<FleetRequest, 'where' | 'reservation'>,
): boolean {
  return (
    gpu.cordoned !== true &&
    (gpu.reservation === undefined || gpu.reservation === reservation) &&
    (where === undefined || meetsFilter(gpu, where))
  )
}
