import type { GpuInstance, GpuState } from '../../types/model/state.js'
import type { Cell, GpuPicture } from './gpu-picture.js'
import { panelOf } from './machine.js'
import type { Panel } from './panel.js'
import type { Fates } from './plan-fates.js'

/** A GPU with what a plan does to each of its instances. */
export function fatedPanel(gpu: GpuState, fates: Fates): Panel {
  const panel = panelOf(gpu)
  return { ...panel, picture: markFates(panel.picture, gpu.gpuInstances, fates) }
}

function markFates(
  picture: GpuPicture,
  instances: readonly GpuInstance[],
  fates: Fates,
): GpuPicture {
  if (picture.kind === 'whole') return picture
  const positions = instances.map(() => 0)
  const mark = (cell: Cell, isPart: boolean): Cell => {
    const index = cell.instance ?? -1
    const instance = instances[index]
    if (instance === undefined || cell.kind === 'unused') return cell
    const gpuInstance = fates.gpuInstance(instance)
    if (!isPart || cell.kind !== 'taken') return { ...cell, fate: gpuInstance }
    const position = positions[index] ?? 0
    positions[index] = position + 1
    // What happens inside a GPU instance happens to one of its compute instances, which needs a label of its own.
    const label = gpuInstance === 'change' && cell.label === '' ? `${cell.slices}g` : cell.label
    return { ...cell, label, fate: fates.computeInstance(instance, position) }
  }
  return {
    ...picture,
    memory: picture.memory.map((cell) => mark(cell, false)),
    compute: picture.compute.map((cell) => mark(cell, true)),
  }
}
