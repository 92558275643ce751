import type { LayoutHolder, NodeLayout } from '../../../types/kubernetes/node-layout.js'
import type { OverviewDevice } from '../../../types/kubernetes/node-overview.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { devicesOf } from '../../model/mig-devices.js'

/** The MIG devices of a layout, and its GPUs with MIG off, each with its holders. */
export function devicesOfLayout({ state, holders }: NodeLayout): readonly OverviewDevice[] {
  return state.gpus.flatMap((gpu) => {
    const own = holders.filter((holder) => holder.gpu === gpu.uuid)
    const whole = own.find(({ gpuInstanceId }) => gpuInstanceId === null)
    // With MIG on, a holder of the whole GPU is a monitor or a leftover, and no device is its own.
    const first = gpu.mig?.enabled === true && whole === undefined ? [] : [wholeGpu(gpu, whole)]
    const parts = devicesOf(gpu).map((device) => ({
      gpuIndex: gpu.index,
      size: device.name,
      start: device.placement?.start ?? null,
      uuid: device.uuid,
      ...heldBy(
        own.find(
          ({ gpuInstanceId, computeInstanceId }) =>
            gpuInstanceId === device.gpuInstanceId &&
            computeInstanceId === device.computeInstanceId,
        ),
      ),
    }))
    return [...first, ...parts]
  })
}

function wholeGpu(gpu: AnyGpuState, holder: LayoutHolder | undefined): OverviewDevice {
  return { gpuIndex: gpu.index, size: 'GPU', start: null, uuid: gpu.uuid, ...heldBy(holder) }
}

function heldBy(
  holder: LayoutHolder | undefined,
): Pick<OverviewDevice, 'pods' | 'morePods' | 'processes'> {
  const { pods = [], morePods = 0, processes = 0 } = holder ?? {}
  return { pods, morePods, processes }
}
