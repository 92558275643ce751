import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { SimulatedMachine, SimulatedMachineOptions } from '../../types/simulator/machine.js'
import { fakeRoot } from '../support/root-tree.js'
import { type CliRun, runInProcess } from './run-in-process.js'

/** A computer with simulated GPUs and a folder of states. In its command lines, `FOLDER` is its folder. */
export interface Host {
  readonly machine: SimulatedMachine
  readonly folder: string
  readonly states: string
  run(...args: readonly string[]): Promise<CliRun>
  /** With other variables, as in the environment file. */
  runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<CliRun>
}

export function createHost(spec: string, options: SimulatedMachineOptions = {}): Host {
  const folder = fakeRoot()
  const [store, states] = [join(folder, 'store'), join(folder, 'states')]
  const machine = createSimulatedMachine(spec, { ...options, store })
  onTestFinished(() => machine.close())
  const file = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  const entry = { devices: 'all', 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } }
  file('halves.json', JSON.stringify({ version: 'v1', 'mig-configs': { halves: [entry] } }))
  file('broken.yaml', 'version: v1\nmig-configs: [')
  const runWith: Host['runWith'] = (env, ...args) =>
    runInProcess(
      [...args, ...(args[0] === 'service' ? [] : ['--store', store])].map((arg) =>
        arg.replace('FOLDER', folder),
      ),
      { env: { MIG_NVML_STATE_DIR: states, ...env } },
    )
  return { machine, folder, states, runWith, run: (...args) => runWith({}, ...args) }
}

/** The instances of each GPU. */
export const sizes = ({ machine }: Host): unknown =>
  machine.describe().gpus.map((gpu) => gpu.gpuInstances.map(({ profileName }) => profileName))
