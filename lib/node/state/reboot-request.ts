import type { BootOptions } from '../../../types/node/boot.js'
import type { ChoiceOptions } from '../../../types/node/choice.js'
import { readState, removeState, stateFolderOf, writeState } from './state-folder.js'

export const rebootFile = 'reboot.json'

/** In which boot a reboot was requested for a MIG mode, since a boot has succeeded. Null: none was. */
export async function readRebootRequest(
  options: BootOptions,
): Promise<{ readonly bootId: unknown } | null> {
  const value = await readState(stateFolderOf(options), rebootFile)
  return value === undefined ? null : { bootId: Reflect.get(Object(value), 'bootId') }
}

export function writeRebootRequest(
  bootId: string,
  reason: string,
  options: BootOptions,
): Promise<void> {
  return writeState(stateFolderOf(options), rebootFile, {
    version: 'mig-nvml/reboot/v1',
    bootId,
    requestedAt: new Date().toISOString(),
    reason,
  })
}

/** The next change may need a reboot of its own. */
export function forgetReboot(options: ChoiceOptions): Promise<void> {
  return removeState(stateFolderOf(options), rebootFile)
}
