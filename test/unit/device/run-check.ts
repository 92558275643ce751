import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { afterAll, beforeAll } from 'vitest'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { SimulatedMachine, SimulatedMachineOptions } from '../../../types/simulator/machine.js'
import { type DeviceDocument, documentShape } from './document-shape.js'

export const deviceFolder = fileURLToPath(new URL('../../device', import.meta.url))

const scratch = mkdtempSync(join(tmpdir(), 'mig-device-'))
let files = 0
afterAll(() => rmSync(scratch, { recursive: true }))

export function scratchFile(name: string): string {
  return join(scratch, `${files++}-${name}`)
}

/** A program of test/device, which is plain JavaScript: it runs where nothing is installed. */
export function importDevice(
  name: string,
): Promise<Record<string, (...args: readonly unknown[]) => unknown>> {
  return import(join(deviceFolder, name))
}

let probe = ''

/** Builds the probe once for all tests of the calling file. */
export function useProbe(): void {
  beforeAll(async () => {
    probe = scratchFile('probe')
    const { buildProbe } = await importDevice('run-probe.js')
    const problem = buildProbe?.(probe)
    if (problem !== null) throw new Error(`the probe cannot be built: ${problem}`)
  })
}

/** Of a file that uses it. */
export const probePath = (): string => probe

/** A machine in a file, so that the check sees it from a process of its own. */
export function storedMachine(
  spec: string,
  options: Omit<SimulatedMachineOptions, 'store'> = {},
): SimulatedMachine {
  return createSimulatedMachine(spec, { ...options, store: scratchFile('store') })
}

export interface CheckRun {
  readonly status: number | null
  readonly text: string
  readonly document: DeviceDocument
  readonly summary: string
}

/** Runs the check as a person does, and holds its document against the described shape. */
export function runCheck(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): CheckRun {
  const out = scratchFile('check.json')
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [join(deviceFolder, 'check.js'), '--out', out, ...args],
    { encoding: 'utf8', env: { ...process.env, MIG_NVML_LIBRARY: '', ...env } },
  )
  if (stdout !== '') throw new Error(`not to the standard output: ${stdout}`)
  const text = readFileSync(out, 'utf8')
  return { status, text, document: v.parse(documentShape, JSON.parse(text)), summary: stderr }
}

/** The same on a simulated machine, with the probe of the calling file. */
export function checkMachine(machine: SimulatedMachine, ...args: readonly string[]): CheckRun {
  return runCheck(machine.env, '--probe', probe, ...args)
}
