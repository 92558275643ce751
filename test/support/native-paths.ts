import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A built file, for programs that a test starts without this package. */
function builtFile(name: string): string {
  const folders = [process.env['MIG_NVML_BINDING'], `${root}build/Release`, `${root}build/Debug`]
  const found = folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path))
  if (found === undefined) throw new Error(`${name} is not built`)
  return found
}

export const addonPath = (): string => builtFile('mig_nvml.node')
export const controlAddonPath = (): string => builtFile('mig_simulator_control.node')
export const simulatorPath = (): string => builtFile('simulator/libnvidia-ml.so.1')
