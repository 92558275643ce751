import type { MigState } from '../../../types/model/state.js'
import { resolveLibrary } from '../../driver/connection/open-library.js'
import { lockFileOf } from '../../driver/lock/lock-file.js'
import { findInterrupted, type InterruptedApply } from '../../machine/journal/find-interrupted.js'
import { readMigState } from '../../machine/read.js'
import { renderMachineSvg } from '../../render/svg-machine.js'
import { replaceFile } from '../../system/write-file.js'
import { readingOptions } from '../parse/machine.js'
import { onlyGpu } from '../parse/one-gpu.js'
import { textOf } from '../parse/option-values.js'
import { machineOptions, svgOption } from '../parse/options.js'
import type { Verb } from '../parse/verb.js'
import { printInterrupted } from '../print/interrupted.js'
import { printMachine, svgFile } from '../print/machine.js'
import { describeRoom, warnOfEmpty } from '../print/room.js'

export const statusVerb: Verb = {
  usage: '[options]',
  options: {
    gpu: {
      type: 'string',
      value: 'GPU',
      help: 'show this GPU alone, by index, UUID or PCI address',
    },
    ...svgOption,
    ...machineOptions,
  },
  async run(values, terminal) {
    const svg = await svgFile(values)
    const options = readingOptions(values, terminal)
    const machine = await readMigState(options)
    const gpu = textOf(values, 'gpu')
    const state = gpu === undefined ? machine : onlyGpu(machine, gpu)
    const lockFile = lockFileOf(resolveLibrary(options.library))
    const all = await findInterrupted(lockFile, machine)
    const interruptedApplies = gpu === undefined ? all : (all?.filter(concerns(state)) ?? null)
    if (svg !== undefined) await replaceFile(svg, renderMachineSvg(state, { fold: true }))
    if (values['json'] === true) {
      // A table of numbers for containers, which other commands print.
      const { deviceNumbers: _, ...shown } = state
      terminal.out(`${JSON.stringify({ ...shown, interruptedApplies }, null, 2)}\n`)
      return 0
    }
    terminal.out(`driver ${state.driverVersion}\n`)
    printMachine(state, terminal, true)
    for (const line of describeRoom(state)) terminal.out(`${line}\n`)
    const warning = warnOfEmpty(state)
    if (warning !== null) terminal.err(`${warning}\n`)
    printInterrupted(interruptedApplies ?? [], terminal)
    return 0
  },
}

function concerns({ gpus, lostGpus }: MigState): (apply: InterruptedApply) => boolean {
  const uuids = [...gpus, ...lostGpus].map(({ uuid }) => uuid)
  return (apply) => apply.gpus.some(({ gpu }) => uuids.includes(gpu))
}
