import type { Found, Inventory } from './inventory.js'

/**
 * A word as libnvidia-container reads it (src/cli/common.c, select_devices): UUID of a GPU, PCI address, index, UUID of
 * a MIG device, index of a MIG device, in this order.
 */
export function findByLegacy(word: string, { gpus, migDevices, all }: Inventory): Found {
  const lower = word.toLowerCase()
  if (lower === 'all') return { devices: all }
  const address = pciAddress(word)
  const gpu =
    gpus.find(({ names }) => names.uuid.toLowerCase() === lower) ??
    gpus.find(({ pciBusId }) => address !== null && pciBusId.toLowerCase() === address) ??
    gpus.find(({ gpuIndex }) => /^\+?\d+$/.test(word) && gpuIndex === Number(word))
  if (gpu !== undefined) return { devices: [gpu] }
  const byUuid = migDevices.find(
    ({ names, uuid }) => uuid?.toLowerCase() === lower || names.legacyUuid.toLowerCase() === lower,
  )
  if (byUuid !== undefined) return { devices: [byUuid] }
  const [read, gpuIndex, migIndex] = /^\+?(\d+):\s*\+?(\d+)/.exec(word) ?? []
  const byIndex = migDevices.find(
    ({ names }) => names.index === `${Number(gpuIndex)}:${Number(migIndex)}`,
  )
  if (byIndex === undefined) return { problem: 'unknown device' }
  return read === word
    ? { devices: [byIndex] }
    : { devices: [byIndex], warning: `${word} is read as ${byIndex.names.index}` }
}

/** In the form of NVML, with leading zeros. What follows the device does not count. */
function pciAddress(word: string): string | null {
  const [, domain, bus, device] =
    /^(?:0x)?([\da-f]{1,8}):([\da-f]{1,2}):([\da-f]{1,2})/i.exec(word) ?? []
  if (domain === undefined || bus === undefined || device === undefined) return null
  return `${domain.padStart(8, '0')}:${bus.padStart(2, '0')}:${device.padStart(2, '0')}.0`.toLowerCase()
}
