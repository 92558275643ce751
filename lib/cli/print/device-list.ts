import type { ListedGpu } from '../../driver/device-list.js'

const nameWidth = 12

/**
 * The lines of `nvidia-smi -L`, for scripts that read them. Sources: MIG User Guide, "Getting Started with MIG", and
 * public captures of the drivers 470 to 580. What follows a name of 12 letters or more is assumed.
 */
export function formatDeviceList(gpus: readonly ListedGpu[]): string {
  return gpus
    .flatMap(({ index, name, uuid, migDevices }) => [
      `GPU ${index}: ${name} (UUID: ${uuid})\n`,
      ...migDevices.map((device) => {
        const padded = device.name.padEnd(Math.max(nameWidth, device.name.length + 1))
        return `  MIG ${padded}Device ${String(device.index).padStart(2)}: (UUID: ${device.uuid})\n`
      }),
    ])
    .join('')
}
