import { parseProfileName } from '../../model/profile-names.js'

export const nvidiaDriver = 'gpu.nvidia.com'

/** `gpu.nvidia.com`, NVIDIA's class of whole GPUs, which has the name of the driver. */
export function gpuClassName(driver: string): string {
  return driver
}

/** `mig.nvidia.com`, NVIDIA's class of all MIG devices. */
export function migClassName(driver: string): string {
  return driver === nvidiaDriver ? 'mig.nvidia.com' : `mig.${driver}`
}

/** `mig-1g-5gb-me.gpu.nvidia.com`, the class of one profile, as in the examples of NVIDIA's driver. */
export function profileClassName(profile: string, driver: string): string {
  const { added = [], removed = [] } = parseProfileName(profile) ?? {}
  const [size = profile] = /^[^+-]+/.exec(profile) ?? []
  const words = [size, ...added, ...removed.map((attribute) => `no-${attribute}`)]
  return `mig-${words.join('-').replaceAll('.', '-')}.${driver}`.toLowerCase()
}
