import type { AnyGpuState } from '../../../types/model/state.js'
import type { ConfigEntry, GpuSelector } from '../document/entry.js'

/** Whether the `devices` of an entry name a GPU. `others` names none by itself. */
export function namesGpu({ devices }: ConfigEntry, gpu: AnyGpuState): boolean {
  if (devices === 'all') return true
  return devices !== 'others' && devices.some((selector) => selectsGpu(selector, gpu))
}

/** None for `all` and `others`. */
export function listSelectors({ devices }: ConfigEntry): readonly GpuSelector[] {
  return typeof devices === 'string' ? [] : devices
}

export function selectsGpu(selector: GpuSelector, gpu: GpuIdentity): boolean {
  switch (selector.kind) {
    case 'index':
      return selector.index === gpu.index
    case 'uuid':
      return selector.uuid.toLowerCase() === gpu.uuid?.toLowerCase()
    case 'pci-address':
      return gpu.pciBusId !== undefined && isSameAddress(selector.address, gpu.pciBusId)
    default:
      return selector satisfies never
  }
}

/** All that is known of a lost GPU, and the address that other GPUs have. */
export interface GpuIdentity {
  readonly index: number
  readonly uuid: string | null
  readonly pciBusId?: string
}

/** The domain may have four or eight digits, or be absent. */
function isSameAddress(left: string, right: string): boolean {
  return normaliseAddress(left) === normaliseAddress(right)
}

function normaliseAddress(address: string): string {
  const parts = address.toLowerCase().split(':')
  const [domain = '0', bus, device] = parts.length === 2 ? ['0', ...parts] : parts
  return [Number.parseInt(domain, 16), bus, device].join(':')
}

/** `GPU 7`, `GPU-…`, `0000:07:00.0` */
export function describeSelector(selector: GpuSelector): string {
  if (selector.kind === 'index') return `GPU ${selector.index}`
  return selector.kind === 'uuid' ? selector.uuid : `the GPU at ${selector.address}`
}
