import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MigError } from '../errors.js'

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '../..')
const library = 'simulator/libnvidia-ml.so.1'
const addon = 'mig_simulator_control.node'

/** What the control addon exports. */
interface ControlAddon {
  readonly control: (libraryPath: string, command: string) => ControlAnswer
}

type ControlAnswer =
  | { readonly status: number; readonly reply: string }
  /** That library could not be loaded, or has no control side. */
  | { readonly unavailable: string }

let loaded: ControlAddon | undefined
let found: string | undefined

/** Where the simulated driver is: what `dlopen` and NVIDIA's tools take. */
export function simulatorLibraryPath(): string {
  found ??= findBuilt(library, 'the simulated driver')
  return found
}

/** Has the simulated driver of this process carry out one command of its control language. */
export function callControl(command: string): { readonly status: number; readonly reply: string } {
  loaded ??= loadAddon()
  const answer = loaded.control(simulatorLibraryPath(), command)
  if ('unavailable' in answer) {
    throw new MigError(
      'MIG_NATIVE_UNAVAILABLE',
      `the simulated driver cannot be loaded: ${answer.unavailable}`,
    )
  }
  return answer
}

function loadAddon(): ControlAddon {
  const path = findBuilt(addon, 'the addon that steers the simulated driver')
  try {
    return createRequire(import.meta.url)(path)
  } catch (cause) {
    throw new MigError('MIG_NATIVE_UNAVAILABLE', `${path} cannot be loaded: ${text(cause)}`, {
      cause,
    })
  }
}

export function findBuilt(name: string, what: string): string {
  const paths = searchedFolders().map((folder) => join(folder, name))
  const path = paths.find((candidate) => existsSync(candidate))
  if (path !== undefined) return path
  throw new MigError(
    'MIG_NATIVE_UNAVAILABLE',
    `${what} is not built for ${process.platform}-${process.arch}; looked for ${paths.join(', ')}`,
    { hint: 'in a checkout, `npm run build:native` builds it' },
  )
}

function searchedFolders(): readonly string[] {
  const prebuilt = `prebuilds/${process.platform}-${process.arch}`
  const { MIG_NVML_BINDING: named } = process.env
  return [
    ...(named === undefined || named === '' ? [] : [named, join(named, prebuilt)]),
    join(packageRoot, 'build/Release'),
    join(packageRoot, prebuilt),
  ]
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
