import { readMigState } from '../../machine/read.js'
import { renderMachineSvg } from '../../render/svg-machine.js'
import { replaceFile } from '../../system/write-file.js'
import { readingOptions } from '../parse/machine.js'
import { machineOptions, svgOption } from '../parse/options.js'
import type { Verb } from '../parse/verb.js'
import { printMachine, svgFile } from '../print/machine.js'

export const statusVerb: Verb = {
  usage: '[options]',
  options: { ...svgOption, ...machineOptions },
  async run(values, terminal) {
    const svg = await svgFile(values)
    const state = await readMigState(readingOptions(values, terminal))
    if (svg !== undefined) await replaceFile(svg, renderMachineSvg(state))
    if (values['json'] === true) terminal.out(`${JSON.stringify(state, null, 2)}\n`)
    else printMachine(state, terminal)
    return 0
  },
}
