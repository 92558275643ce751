import { resolveLibrary } from '../../driver/connection/open-library.js'
import { lockFileOf } from '../../driver/lock/lock-file.js'
import { findInterrupted } from '../../machine/journal/find-interrupted.js'
import { readMigState } from '../../machine/read.js'
import { renderMachineSvg } from '../../render/svg-machine.js'
import { replaceFile } from '../../system/write-file.js'
import { readingOptions } from '../parse/machine.js'
import { machineOptions, svgOption } from '../parse/options.js'
import type { Verb } from '../parse/verb.js'
import { printInterrupted } from '../print/interrupted.js'
import { printMachine, svgFile } from '../print/machine.js'
import { describeRoom, warnOfEmpty } from '../print/room.js'

export const statusVerb: Verb = {
  usage: '[options]',
  options: { ...svgOption, ...machineOptions },
  async run(values, terminal) {
    const svg = await svgFile(values)
    const options = readingOptions(values, terminal)
    const state = await readMigState(options)
    const interruptedApplies = await findInterrupted(
      lockFileOf(resolveLibrary(options.library)),
      state,
    )
    if (svg !== undefined) await replaceFile(svg, renderMachineSvg(state))
    if (values['json'] === true) {
      terminal.out(`${JSON.stringify({ ...state, interruptedApplies }, null, 2)}\n`)
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
