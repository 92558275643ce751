import type { MigConfigDocument } from '../../types/config/config.js'

/** Devices of GPU 0, of GPU 1 and so on; null: MIG off; undefined: not named. */
export function configure(
  ...gpus: readonly (Readonly<Record<string, number>> | null | undefined)[]
): MigConfigDocument {
  const entries = gpus.flatMap((devices, index) => {
    if (devices === undefined) return []
    if (devices === null) return [{ devices: [index], 'mig-enabled': false }]
    return [{ devices: [index], 'mig-enabled': true, 'mig-devices': devices }]
  })
  return { version: 'v1', 'mig-configs': { wanted: entries } }
}
