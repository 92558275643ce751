import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMigError } from '../errors.js'
import { parseMigMinors } from '../model/device-files.js'
import { type InstanceCapability, parseCapabilityName } from '../model/device-numbers.js'
import { readCapabilityFiles } from './capability-files.js'

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
  if (existsSync(list)) return parseOnce(readFileSync(list, 'utf8'))
  const files = readCapabilityFiles(root)
  return files === null ? null : new Map(files.map(({ name, minor }) => [name, minor]))
}

let latest: { readonly text: string; readonly minors: ReadonlyMap<string, number> } | undefined

/** The list changes only when the driver is loaded anew, and to take its thousands of lines apart costs a millisecond. */
function parseOnce(text: string): ReadonlyMap<string, number> {
  if (latest?.text !== text) latest = { text, minors: parseMigMinors(text) }
  return latest.minors
}
