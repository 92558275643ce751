import type { CdiEdits, CdiSpec } from '../../../types/containers/cdi.js'
import type { GpuContainerDevice } from '../../../types/containers/device.js'
import { copyPlain } from '../../model/copy-plain.js'
import { checkCdiSpec } from './check-spec.js'

/** What stays of a specification that somebody else made. */
export interface Base {
  readonly kind: string
  /** For every container. */
  readonly common: CdiEdits
  /** For a whole GPU, beside the nodes of the driver: nodes for rendering, links. Undefined: nothing. */
  keptFor(gpu: GpuContainerDevice): CdiEdits | undefined
}

/** The nodes of GPUs and instances, which are ours. */
const ownNode = /^\/dev\/(?:nvidia\d+|nvidia-caps\/.*)$/

export function takeBase(value: CdiSpec): Base {
  const { kind, devices, containerEdits = {} } = checkCdiSpec(copyPlain(value))
  return {
    kind,
    common: containerEdits,
    keptFor({ names, gpuMinor }) {
      // An index may have gone to another GPU since, so the node must be that of the GPU.
      const device =
        devices.find(({ name }) => name === names.uuid) ??
        devices.find(
          ({ name, containerEdits: { deviceNodes = [] } }) =>
            (name === names.index || name === names.typeIndex) &&
            deviceNodes.some(({ path }) => path === `/dev/nvidia${gpuMinor}`),
        )
      if (device === undefined) return undefined
      const { deviceNodes = [], ...rest } = device.containerEdits
      return { ...rest, deviceNodes: deviceNodes.filter(({ path }) => !ownNode.test(path)) }
    },
  }
}
