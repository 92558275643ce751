import { findBuilt, loadBuilt } from '../driver/addon/built-files.js'
import { MigError } from '../errors.js'

/** What the control addon exports. */
interface ControlAddon {
  readonly control: (libraryPath: string, command: string) => ControlAnswer
}

type ControlAnswer =
  | { readonly status: number; readonly reply: string }
  /** The library cannot be loaded, or has no control side. */
  | { readonly unavailable: string }

let loaded: ControlAddon | undefined
let found: string | undefined

/** The path of the simulated driver, for `dlopen` and NVIDIA's tools. */
export function simulatorLibraryPath(): string {
  found ??= findBuilt('simulator/libnvidia-ml.so.1', 'the simulated driver')
  return found
}

/** Runs one command of the control language in the simulated driver of this process. */
export function callControl(command: string): { readonly status: number; readonly reply: string } {
  loaded ??= loadBuilt<ControlAddon>(
    'mig_simulator_control.node',
    'the addon that steers the simulated driver',
  )
  const answer = loaded.control(simulatorLibraryPath(), command)
  if ('unavailable' in answer) {
    throw new MigError(
      'MIG_NATIVE_UNAVAILABLE',
      `the simulated driver cannot be loaded: ${answer.unavailable}`,
    )
  }
  return answer
}
