import { createSimulatedMachine } from '../../simulator/machine.js'
import type { Verb } from '../parse/verb.js'

const machineText = '8x A100-SXM4-40GB'

export const demoVerb: Verb = {
  usage: '[--all]',
  options: {
    all: { type: 'boolean', help: 'apply seven configurations in turn, with all GPUs after each' },
  },
  async run(values, terminal) {
    terminal.out(`A simulated DGX A100: ${machineText}. No real GPU changes.\n`)
    const machine = createSimulatedMachine(machineText)
    try {
      if (values['all'] === true) {
        const { showSeven } = await import('./demo-all.js')
        await showSeven(machine, terminal)
      } else {
        const { showTour } = await import('./demo-tour.js')
        await showTour(machine, terminal)
      }
    } finally {
      machine.close()
    }
    return 0
  },
}
