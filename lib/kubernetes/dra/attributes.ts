import type { DeviceAttribute, DeviceAttributes } from '../../../types/kubernetes/dra/objects.js'
import type { ResourceSliceOptions } from '../../../types/kubernetes/dra/slices.js'
import type { AnyGpuState, MigUuid } from '../../../types/model/state.js'
import { findCatalogGpu } from '../../model/catalog.js'
import { copyPlain } from '../../model/copy-plain.js'
import { kernelAddress } from '../../model/pci-address.js'
import { longestValue } from './attribute-rules.js'

/** What a GPU and its MIG devices share. */
export function sharedAttributes(
  gpu: AnyGpuState,
  driverVersion: string,
  { attributes, cudaVersion }: Pick<ResourceSliceOptions, 'attributes' | 'cudaVersion'>,
): DeviceAttributes {
  const known = findCatalogGpu(gpu.pciDeviceId, gpu.name)
  return {
    productName: { string: gpu.name.slice(0, longestValue) },
    ...(known === null ? {} : { architecture: { string: known.architecture } }),
    ...versioned('cudaComputeCapability', known?.computeCapability),
    ...versioned('driverVersion', driverVersion),
    ...versioned('cudaDriverVersion', cudaVersion),
    'resource.kubernetes.io/pciBusID': { string: kernelAddress(gpu.pciBusId) },
    ...copyPlain(attributes?.[gpu.uuid] ?? {}),
  }
}

export function gpuAttributes(gpu: AnyGpuState, shared: DeviceAttributes): DeviceAttributes {
  return { type: { string: 'gpu' }, uuid: { string: gpu.uuid }, ...shared }
}

/** A UUID is there only where the device is. */
export function migAttributes(
  gpu: AnyGpuState,
  profile: string,
  shared: DeviceAttributes,
  uuid: MigUuid | null = null,
): DeviceAttributes {
  return {
    type: { string: 'mig' },
    ...(uuid === null ? {} : { uuid: { string: uuid } }),
    parentUUID: { string: gpu.uuid },
    profile: { string: profile },
    ...shared,
  }
}

/** As a semantic version, which has three numbers without leading zeros: `580.65.06` becomes `580.65.6`. */
function versioned(name: string, text: string | undefined): Record<string, DeviceAttribute> {
  if (text === undefined || !/^\d+(\.\d+){0,2}$/.test(text)) return {}
  const numbers = text.split('.').map(Number)
  return { [name]: { version: [...numbers, 0, 0].slice(0, 3).join('.') } }
}
