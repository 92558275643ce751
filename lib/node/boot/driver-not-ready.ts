import { MigError } from '../../errors.js'
import type { DriverWait } from './wait-for-driver.js'

/** `more`: what has failed without the driver as well. */
export function notReady({ missing, cause, waitedMs }: DriverWait, more?: MigError): MigError {
  const modes = more === undefined ? '' : `; without it, ${more.message}`
  return new MigError(
    'MIG_DRIVER_NOT_READY',
    `after ${(waitedMs / 1000).toFixed(0)} s: ${missing}${modes}`,
    {
      cause: more ?? cause,
      hint: 'look whether the driver is installed and loaded (lsmod, dmesg); --wait or MIG_NVML_BOOT_WAIT waits longer',
    },
  )
}
