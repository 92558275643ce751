import { existsSync } from 'node:fs'

/** Where a unit points that `systemctl mask` has turned off. */
export const maskTarget = '/dev/null'

/** Whether systemd is the manager of this machine: sd_booted(3). */
export function isSystemdRunning(): boolean {
  return existsSync('/run/systemd/system')
}
