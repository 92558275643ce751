import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isSystemError } from './system-error.js'

/** What the driver says about the node of one capability of MIG, in a file below `/proc`. */
export interface CapabilityFile {
  /** `mig/config`, `gpu0/gi1/ci0` */
  readonly capability: string
  readonly minor: number
  readonly mode: number
  readonly mayModify: boolean
}

/**
 * The capabilities of MIG that exist: those of the machine, and those of its instances. Null: the driver has
 * no such folder. Throws the system's error for a file that cannot be read.
 */
export function readCapabilityFiles(root: string): readonly CapabilityFile[] | null {
  const folder = capabilitiesFolder(root)
  const entries = list(folder)
  if (entries === null) return null
  const gpus = numbered(entries, 'gpu').flatMap((gpu) =>
    numbered(list(join(folder, gpu, 'mig')) ?? [], 'gi').flatMap((gi) => {
      const instance = join(gpu, 'mig', gi)
      const parts = numbered(list(join(folder, instance)) ?? [], 'ci')
      return [
        read(folder, join(instance, 'access'), `${gpu}/${gi}`),
        ...parts.map((ci) => read(folder, join(instance, ci, 'access'), `${gpu}/${gi}/${ci}`)),
      ]
    }),
  )
  const own = ['mig/config', 'mig/monitor'].map((name) => read(folder, name, name))
  return [...own, ...gpus].filter((file) => file !== null)
}

export function capabilitiesFolder(root: string): string {
  return join(root, 'proc/driver/nvidia/capabilities')
}

/** The major number of a character driver, from `/proc/devices`. Null: it is not loaded. */
export function readCharacterMajor(root: string, driver: string): number | null {
  const text = readFileSync(join(root, 'proc/devices'), 'utf8')
  const [, characters = ''] = /^Character devices:\n((?:.+\n?)*)/m.exec(text) ?? []
  for (const line of characters.split('\n')) {
    const [, major, name] = /^\s*(\d+) (\S+)$/.exec(line) ?? []
    if (name === driver) return Number(major)
  }
  return null
}

/** Null: the instance has gone meanwhile, or the file says no number. */
function read(folder: string, path: string, capability: string): CapabilityFile | null {
  let text: string
  try {
    text = readFileSync(join(folder, path), 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null
    throw error
  }
  const value = (name: string): number | null => {
    const found = new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(text)?.[1]
    return found === undefined ? null : Number(found)
  }
  const minor = value('DeviceFileMinor')
  if (minor === null) return null
  // The defaults of nvidia-modprobe.
  const mode = value('DeviceFileMode') ?? 0o666
  return { capability, minor, mode, mayModify: (value('DeviceFileModify') ?? 1) === 1 }
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
