import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AccessFile, parseAccessFile, parseDeviceMajors } from '../model/device-files.js'
import { isSystemError } from './system-error.js'

/** A capability of MIG that exists: one of the machine, or that of an instance. */
export interface CapabilityFile extends AccessFile {
  /** As the driver's list has it: `config`, `monitor`, `gpu0/gi1/access`, `gpu0/gi1/ci0/access`. */
  readonly name: string
}

/**
 * What the driver says about the nodes of the capabilities that exist (MIG User Guide, device nodes and capabilities). Null:
 * it has no such folder. Throws `MIG_DRIVER_INVALID` for files of another form, and the system's errors.
 */
export function readCapabilityFiles(root: string): readonly CapabilityFile[] | null {
  const folder = capabilitiesFolder(root)
  const entries = list(folder)
  if (entries === null) return null
  const names = numbered(entries, 'gpu').flatMap((gpu) =>
    numbered(list(join(folder, gpu, 'mig')) ?? [], 'gi').flatMap((gi) => {
      const parts = numbered(list(join(folder, gpu, 'mig', gi)) ?? [], 'ci')
      return [`${gpu}/${gi}/access`, ...parts.map((ci) => `${gpu}/${gi}/${ci}/access`)]
    }),
  )
  return ['config', 'monitor', ...names].flatMap((name) => {
    const path = name.startsWith('gpu') ? name.replace('/', '/mig/') : `mig/${name}`
    const text = readOrNull(join(folder, path))
    // The instance has gone meanwhile.
    return text === null ? [] : [{ name, ...parseAccessFile(text) }]
  })
}

export function capabilitiesFolder(root: string): string {
  return join(root, 'proc/driver/nvidia/capabilities')
}

/** The major number of a character driver, from `/proc/devices`. Null: it is not loaded. */
export function readCharacterMajor(root: string, driver: string): number | null {
  const text = readFileSync(join(root, 'proc/devices'), 'utf8')
  return parseDeviceMajors(text).get(driver) ?? null
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null
    throw error
  }
}

function list(folder: string): readonly string[] | null {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null
    throw error
  }
}

/** The names `<prefix><number>`, by number. */
function numbered(names: readonly string[], prefix: string): readonly string[] {
  const numberOf = (name: string): number => Number(name.slice(prefix.length))
  return names
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .toSorted((a, b) => numberOf(a) - numberOf(b))
}
