import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { applyMigConfig, readMigState } from '../../lib/index.js'
import { type SimulatedMachine, writeRootTree } from '../../lib/simulator.js'
import type { MigState } from '../../types/model/state.js'

/** Divides GPUs, by index, into MIG devices. Other GPUs stay as they are. */
export async function divide(
  machine: SimulatedMachine,
  wanted: Readonly<Record<number, Readonly<Record<string, number>>>>,
): Promise<void> {
  const entries = Object.entries(wanted).map(([index, sizes]) => ({
    devices: [Number(index)],
    'mig-enabled': true,
    'mig-devices': sizes,
  }))
  const document = { version: 'v1', 'mig-configs': { wanted: entries } } as const
  await applyMigConfig(document, { library: machine.library })
}

/** The state of a machine with the files of its driver, as they are now, below a folder that goes with the test. */
export async function readWithRoot(machine: SimulatedMachine): Promise<MigState> {
  const root = mkdtempSync(join(tmpdir(), 'mig-nvml-machine-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  writeRootTree(machine, root)
  return readMigState({ library: machine.library, root })
}
