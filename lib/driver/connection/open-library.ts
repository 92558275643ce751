import type { LibraryRef } from '../../../types/machine/options.js'
import { MigError } from '../../errors.js'
import type { NativeAddon, OpenedSession } from '../addon/addon.js'
import { failureError, type LibraryFailure } from '../addon/outcome.js'

const systemLibrary = 'libnvidia-ml.so.1'

/** The library for a call: its option, otherwise that of the environment, otherwise that of the system. */
export function resolveLibrary(library: string | LibraryRef | undefined): LibraryRef {
  if (library === undefined || library === '')
    return { path: process.env['MIG_NVML_LIBRARY'] || systemLibrary, ...fromEnvironment() }
  return typeof library === 'string' ? { path: library } : library
}

/** The other variables about the library that the environment names. */
function fromEnvironment(): Pick<LibraryRef, 'root' | 'reset'> {
  const { MIG_NVML_ROOT: root, MIG_NVML_RESET: symbol } = process.env
  return {
    ...(root ? { root: root === 'none' ? null : root } : {}),
    ...(symbol ? { reset: { symbol } } : {}),
  }
}

/** Where the machine's file tree begins; null: it has none. */
export function rootOf({ root = '/' }: LibraryRef): string | null {
  return root
}

/** Loads and initialises a library. Rejects with `MIG_DRIVER_NOT_FOUND`, or with `NvmlError`. */
export async function openLibrary(addon: NativeAddon, library: LibraryRef): Promise<OpenedSession> {
  const outcome = await addon.open(library.path, library.selector ?? null)
  if (outcome.ok) return outcome.value
  if ('problem' in outcome) throw driverNotFound(library, outcome)
  throw failureError(outcome)
}

function driverNotFound(library: LibraryRef, { problem }: LibraryFailure): MigError {
  return new MigError(
    'MIG_DRIVER_NOT_FOUND',
    `no NVIDIA driver library: ${problem} (searched: the \`library\` option, then MIG_NVML_LIBRARY, then ${systemLibrary}; here ${library.path})`,
    {
      hint: 'on a machine without an NVIDIA driver, use the simulated one: `createSimulatedMachine` of mig-nvml/simulator, or --simulate on the command line',
    },
  )
}
