import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createSimulatedMachine,
  type SimulatedMachine,
  type SimulatedMachineSpec,
  writeRootTree,
} from '../../lib/simulator.js'
import type { ReadOptions } from '../../types/machine/options.js'

/** A simulated machine with the files of its driver. */
export interface RootedMachine {
  readonly machine: SimulatedMachine
  /** The root of its files: `proc` and `dev`. */
  readonly root: string
  /** An empty folder, gone with the machine. */
  readonly folder: string
  readonly options: Required<Pick<ReadOptions, 'library' | 'root'>>
  [Symbol.dispose](): void
}

export function createRootedMachine(
  spec: SimulatedMachineSpec,
  options: { readonly store?: true } = {},
): RootedMachine {
  const base = mkdtempSync(join(tmpdir(), 'mig-nvml-rooted-'))
  const [root, folder] = [join(base, 'root'), join(base, 'work')]
  for (const part of [root, folder]) mkdirSync(part)
  const machine = createSimulatedMachine(
    spec,
    options.store === true ? { store: join(base, 'store') } : {},
  )
  writeRootTree(machine, root)
  return {
    machine,
    root,
    folder,
    options: { library: machine.library, root },
    [Symbol.dispose]() {
      machine.close()
      rmSync(base, { recursive: true, force: true })
    },
  }
}
