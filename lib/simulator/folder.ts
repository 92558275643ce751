import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { sendCommand } from './command.js'
import { hideSymbols } from './elf-symbols.js'
import { simulatorLibraryPath } from './native.js'
import { userFolder } from './user-folder.js'

/** Options of `simulatorFolder`. */
export interface SimulatorFolderOptions {
  /** `470.256.02`, or a branch: `R470`. Default: the library with all its functions. */
  readonly driver?: string
}

/**
 * Returns the folder of the simulated `libnvidia-ml.so.1`, for `LD_LIBRARY_PATH`. With a driver, `dlsym`
 * finds no newer function in that library, so clients that look up symbols (go-nvml) behave as on that
 * driver. Such a folder is below the system's folder for temporary files, belongs to this user, and is made
 * when it is missing. The library's answers follow the machine's driver, not the folder's: use the same
 * driver for both.
 *
 * @throws MigError MIG_SIMULATOR_INVALID when the driver is unknown, or another user owns the folder;
 *   MIG_NATIVE_UNAVAILABLE when the simulated driver is not built for this platform.
 */
export function simulatorFolder({ driver }: SimulatorFolderOptions = {}): string {
  const library = simulatorLibraryPath()
  if (driver === undefined) return dirname(library)
  const { driver: version, isDefault, hidden } = listFunctions(driver)
  return isDefault ? dirname(library) : folderWithout(library, version, hidden)
}

interface DriverFunctions {
  readonly driver: string
  readonly isDefault: boolean
  /** The functions that this driver lacks. */
  readonly hidden: readonly string[]
}

function listFunctions(driver: string): DriverFunctions {
  return sendCommand('functions', { driver }) as DriverFunctions
}

function folderWithout(library: string, version: string, hidden: readonly string[]): string {
  const original = readFileSync(library)
  const name = basename(library)
  const build = createHash('sha256').update(original).digest('hex').slice(0, 16)
  const cache = userFolder()
  const folder = join(cache, `${version}-${build}`)
  if (existsSync(join(folder, name))) return folder
  const made = mkdtempSync(join(cache, 'new-'))
  writeFileSync(join(made, name), hideSymbols(original, hidden), { mode: 0o755 })
  try {
    renameSync(made, folder)
  } catch (error) {
    rmSync(made, { recursive: true, force: true })
    // Another process was faster.
    if (!existsSync(join(folder, name))) throw error
  }
  return folder
}
