import type { ServiceStatus } from '../../../types/node/service.js'
import { readIfThere } from '../../system/read-if-there.js'
import { defaultEnvironmentFile } from '../units/units.js'

const variables =
  /^\s*(MIG_PARTED_CONFIG_FILE|MIG_PARTED_SELECTED_CONFIG|MIG_NVML_BOOT_CHECKPOINT)=(?!(?:""|'')[ \t]*$)\S/m
const longest = 2 ** 16

/**
 * The variable by which the administrator has chosen something, which counts more than what is persisted; null: none.
 * `place`: where the file of an image is on this host; null: nowhere.
 */
export function findOverride(
  file: string = defaultEnvironmentFile,
  place: string | null = file,
): ServiceStatus['override'] {
  if (place === null) return null
  try {
    const [, variable] = variables.exec(readIfThere(place, longest) ?? '') ?? []
    return variable === undefined ? null : { variable, file }
  } catch {
    // A file that this user cannot read says nothing.
    return null
  }
}
