import type { MigState } from '../../types/state.js'
import { listMigDevices } from '../model/state.js'
import { renderMachine } from '../render/index.js'
import { pictureOptions } from './picture-options.js'
import type { Terminal } from './verb.js'

/** The picture of every GPU, then the MIG devices that programs can be given. */
export function printMachine(state: MigState, terminal: Terminal): void {
  terminal.out(`${renderMachine(state, pictureOptions(terminal))}\n`)
  for (const { index, uuid } of state.lostGpus)
    terminal.out(
      `GPU ${index}  lost: it has fallen off the bus${uuid === null ? '' : `  ${uuid}`}\n`,
    )
  for (const { gpu, gpuInstance, computeInstance } of state.gpus.flatMap(listMigDevices)) {
    const { name, id, uuid } = computeInstance
    const place = `GI ${String(gpuInstance.id).padStart(2)}  CI ${id}`
    terminal.out(`GPU ${gpu.index}  ${name.padEnd(12)} ${place}  ${uuid ?? ''}\n`)
  }
}
