import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMigError } from '../errors.js'
import { parseAccessFile, parseMigMinors } from '../model/device-files.js'
import { type InstanceCapability, parseCapabilityName } from '../model/device-numbers.js'

/** Instances, keyed by the minor number of the node in `/dev/nvidia-caps`. */
export type CapabilityMinors = ReadonlyMap<number, InstanceCapability>

/** The instances to which nodes give access. Empty where the driver's files cannot be read. */
export function readCapabilityMinors(root: string): CapabilityMinors {
  const minors = new Map<number, InstanceCapability>()
  for (const [name, minor] of readOrNone(root)) {
    const instance = parseCapabilityName(name)
    if (instance !== null) minors.set(minor, instance)
  }
  return minors
}

function readOrNone(root: string): ReadonlyMap<string, number> {
  try {
    return readCapabilities(root) ?? new Map()
  } catch (error) {
    if (isMigError(error)) return new Map()
    throw error
  }
}

/**
 * The minor numbers of capabilities, by the driver's names. They are those of every possible instance, as the driver
 * lists them. Without that list, those of the instances that exist (MIG User Guide, device nodes and capabilities). Null
 * where there is neither. Throws `MIG_DRIVER_INVALID` for files of another form, and the system's errors.
 */
export function readCapabilities(root: string): ReadonlyMap<string, number> | null {
  const list = join(root, 'proc/driver/nvidia-caps/mig-minors')
  if (existsSync(list)) return parseMigMinors(readFileSync(list, 'utf8'))
  const folder = join(root, 'proc/driver/nvidia/capabilities')
  return existsSync(folder) ? readLiveCapabilities(folder) : null
}

function readLiveCapabilities(folder: string): ReadonlyMap<string, number> {
  const minors = new Map<string, number>()
  const keep = (name: string, file: string): void => {
    if (existsSync(file)) minors.set(name, parseAccessFile(readFileSync(file, 'utf8')).minor)
  }
  keep('config', join(folder, 'mig/config'))
  keep('monitor', join(folder, 'mig/monitor'))
  for (const gpu of numbered(folder, 'gpu')) {
    for (const gi of numbered(join(folder, gpu, 'mig'), 'gi')) {
      const instance = join(folder, gpu, 'mig', gi)
      keep(`${gpu}/${gi}/access`, join(instance, 'access'))
      for (const ci of numbered(instance, 'ci'))
        keep(`${gpu}/${gi}/${ci}/access`, join(instance, ci, 'access'))
    }
  }
  return minors
}

/** The names `<prefix><number>` in a folder. */
function numbered(folder: string, prefix: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter(
    (name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)),
  )
}
