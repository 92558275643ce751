import type { MigState } from '../../types/state.js'
import { renderMachine } from '../render/index.js'
import type { Terminal } from './verb.js'

/** The picture of every GPU, then the MIG devices that programs can be given. */
export function printMachine(state: MigState, terminal: Terminal): void {
  terminal.out(`${renderMachine(state, terminal)}\n`)
  for (const { index, uuid } of state.lostGpus)
    terminal.out(
      `GPU ${index}  lost: it has fallen off the bus${uuid === null ? '' : `  ${uuid}`}\n`,
    )
  for (const gpu of state.gpus) {
    for (const instance of gpu.gpuInstances) {
      for (const device of instance.computeInstances) {
        terminal.out(
          `GPU ${gpu.index}  ${device.name.padEnd(12)} GI ${String(instance.id).padStart(2)}  CI ${device.id}  ${device.uuid ?? ''}\n`,
        )
      }
    }
  }
}
