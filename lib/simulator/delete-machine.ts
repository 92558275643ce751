import { readdirSync, realpathSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { openSimulatedMachine } from './machine.js'

/**
 * Removes the file of a machine, and what applies have left beside it: locks, journals, counts. A process that has the machine open
 * keeps it until it closes it.
 *
 * @throws MigError MIG_SIMULATOR_INVALID when the file is missing or not a store of this version; the system's error when
 *   it cannot be removed.
 */
export function deleteSimulatedMachine(store: string): void {
  const path = resolve(store)
  // It refuses a file that is no store.
  const machine = openSimulatedMachine(path)
  const { lockFile } = machine.library
  machine.close()
  const file = realpathSync(path)
  rmSync(file)
  if (file !== path) rmSync(path, { force: true })
  if (lockFile !== undefined) for (const each of filesOf(lockFile)) rmSync(each, { force: true })
}

/** The lock file itself and its gate, locks and journals of GPUs, counts of applies. */
function filesOf(lockFile: string): readonly string[] {
  const name = basename(lockFile)
  const folder = dirname(lockFile)
  return readdirSync(folder)
    .filter(
      (each) =>
        each.startsWith(name) &&
        /^(?:\.gate|\.counts\.\d+(?:\.new)?|\.GPU-[0-9a-f-]+(?:\.[\w.-]+)?)?$/.test(
          each.slice(name.length),
        ),
    )
    .map((each) => join(folder, each))
}
