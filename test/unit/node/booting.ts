import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type BootOptions, type BootReport, bootMig } from '../../../lib/node.js'
import {
  createSimulatedMachine,
  followRootTree,
  type SimulatedMachine,
  type SimulatedMachineOptions,
} from '../../../lib/simulator.js'

/** A simulated machine with a file tree and a folder of states, which can boot again and again. */
export interface BootingMachine {
  readonly machine: SimulatedMachine
  /** The root of its files. */
  readonly root: string
  /** An empty folder. */
  readonly folder: string
  readonly stateFolder: string
  /** For the functions about the persisted choice. */
  readonly state: { readonly stateFolder: string }
  readonly options: Required<Pick<BootOptions, 'library' | 'stateFolder' | 'waitMs'>>
  boot(options?: BootOptions): Promise<BootReport>
  /** The machine reboots: instances are lost, and the kernel's id of the boot is another. */
  reboot(): void
  /** The kernel module goes, or comes back, and the file tree with it. */
  unloadDriver(): void
  loadDriver(): void
  /** The devices of each GPU by profile, such as `3g.20gb 3g.20gb`; `off` where MIG is off. */
  layout(): readonly string[]
}

export function createBootingMachine(
  spec: string,
  options: SimulatedMachineOptions = {},
): BootingMachine {
  const base = mkdtempSync(join(tmpdir(), 'mig-nvml-node-'))
  const [root, folder, stateFolder] = ['root', 'work', 'state'].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ]
  mkdirSync(root, { mode: 0o700 })
  mkdirSync(folder)
  const machine = createSimulatedMachine(spec, { store: join(base, 'store'), ...options })
  let tree = followRootTree(machine, root)
  onTestFinished(() => {
    tree.close()
    machine.close()
    rmSync(base, { recursive: true, force: true })
  })
  let boots = 0
  const begin = (): void => {
    boots += 1
    mkdirSync(join(root, 'proc/sys/kernel/random'), { recursive: true })
    writeFileSync(join(root, 'proc/sys/kernel/random/boot_id'), `boot-${boots}\n`)
  }
  begin()
  const change = (act: () => void): void => {
    tree.close()
    act()
    tree = followRootTree(machine, root)
  }
  const own = { library: { ...machine.library, root }, stateFolder, waitMs: 0 }
  return {
    machine,
    root,
    folder,
    stateFolder,
    state: { stateFolder },
    options: own,
    boot: (more = {}) => bootMig({ ...own, ...more }),
    reboot() {
      change(() => machine.reboot())
      begin()
    },
    unloadDriver: () => change(() => machine.unloadDriver()),
    loadDriver: () => change(() => machine.loadDriver()),
    layout: () =>
      machine.describe().gpus.map(({ mig, gpuInstances }) =>
        mig?.enabled === true
          ? gpuInstances
              .map(({ profileName }) => profileName)
              .sort()
              .join(' ')
          : 'off',
      ),
  }
}
