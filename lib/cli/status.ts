import { readMigState } from '../apply/read.js'
import { driverOptions, machineOptions } from './options.js'
import { printMachine } from './print-machine.js'
import type { Verb } from './verb.js'

export const statusVerb: Verb = {
  summary: 'Show every GPU, what it is divided into, and the MIG devices with their UUIDs.',
  usage: '[--json] [--library PATH | --simulate SPEC]',
  options: machineOptions,
  async run(values, terminal) {
    const state = await readMigState(driverOptions(values, terminal))
    if (values['json'] === true) terminal.out(`${JSON.stringify(state, null, 2)}\n`)
    else printMachine(state, terminal)
    return 0
  },
}
