import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SimulatedMachine, SimulatedMachineOptions } from '../../types/simulator/machine.js'
import type { CaseRun, ConformanceCase, GpuInWords } from './case.js'
import { deedsSince, describeMachine, listInstances } from './observe.js'
import { setLayout } from './set-layout.js'

/** How a program ended. */
export interface ProgramEnd {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A machine, and the program that is tried on it. */
export interface Trial {
  readonly machine: SimulatedMachine
  run(args: readonly string[], more: readonly string[]): Promise<ProgramEnd>
  [Symbol.dispose](): void
}

export type OpenTrial = (
  machine: string,
  options: Omit<SimulatedMachineOptions, 'store'>,
) => Promise<Trial>

/** What a run of a case did. */
export interface Observed extends ProgramEnd {
  readonly end: readonly GpuInWords[]
  readonly changing: number
  readonly calls: number
  readonly kept: number
  readonly resets: readonly number[]
  readonly hooks: readonly string[]
}

/** Runs all command lines of a case in order. */
export async function runCase(
  { machine, resetPolicy, layout, busyAt, files, runs }: ConformanceCase,
  open: OpenTrial,
): Promise<readonly Observed[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-conformance-'))
  const fill = (text: string): string => text.replaceAll('{folder}', folder)
  const options = resetPolicy === undefined ? {} : { resetPolicy }
  let trial = await open(machine, {})
  try {
    for (const [name, text] of Object.entries(files ?? {}))
      writeFileSync(join(folder, name), fill(text))
    await setLayout(trial.machine, layout ?? [])
    trial.machine.setResetPolicy(options.resetPolicy ?? 'automatic')
    if (busyAt !== undefined) occupy(trial.machine, busyAt)
    const observed: Observed[] = []
    for (const run of runs) {
      if (run.machine !== undefined) {
        trial[Symbol.dispose]()
        trial = await open(run.machine, options)
      }
      if (run.layout !== undefined) await setLayout(trial.machine, run.layout)
      observed.push(await observeRun(run, trial, folder, fill))
    }
    return observed
  } finally {
    trial[Symbol.dispose]()
    rmSync(folder, { recursive: true, force: true })
  }
}

function occupy(machine: SimulatedMachine, start: number): void {
  const [gpu] = machine.describe().gpus
  const instance = gpu?.gpuInstances.find(({ placement }) => placement.start === start)
  const [part] = instance?.computeInstances ?? []
  if (instance === undefined || part === undefined) throw new Error(`nothing at ${start}`)
  machine.addProcess({
    pid: 4711,
    gpu: 0,
    name: 'train',
    gpuInstanceId: instance.id,
    computeInstanceId: part.id,
  })
}

async function observeRun(
  { args, more = [], output }: CaseRun,
  { machine, run }: Trial,
  folder: string,
  fill: (text: string) => string,
): Promise<Observed> {
  const instances = listInstances(machine)
  const entry = machine.journal({ control: true }).length
  machine.resetCallCounts()
  const end = await run(args.map(fill), more)
  const { total, changing } = machine.callCounts()
  const { destroyed, resets } = deedsSince(machine, entry)
  const after = new Set(listInstances(machine))
  const kept = instances.filter((instance) => {
    const [gpu, id] = instance.split(' ')
    return after.has(instance) && !destroyed.has(`${gpu} ${id}`) && !resets.includes(Number(gpu))
  })
  if (output !== undefined) writeFileSync(join(folder, output), end.stdout)
  const log = join(folder, 'hooks.log')
  return {
    ...end,
    end: describeMachine(machine),
    changing,
    calls: total,
    kept: kept.length,
    resets,
    hooks: existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [],
  }
}
