import type { MigState, UnlistedGpuState } from '../../types/model/state.js'
import { formatGpus } from '../model/gpu-text.js'
import { listSeenDevices } from '../model/state.js'
import { configPermissionHint, monitorPermissionHint } from '../model/unlisted.js'
import { renderMachine } from '../render/machine.js'
import { pictureOptions } from './picture-options.js'
import type { Terminal } from './verb.js'

/** The picture of every GPU, then the MIG devices that programs can be given. */
export function printMachine(state: MigState, terminal: Terminal): void {
  terminal.out(`${renderMachine(state, pictureOptions(terminal))}\n`)
  for (const { index, uuid } of state.lostGpus)
    terminal.out(
      `GPU ${index}  lost: it has fallen off the bus${uuid === null ? '' : `  ${uuid}`}\n`,
    )
  for (const gpu of state.gpus) {
    for (const { gpuInstanceId, computeInstanceId, name, uuid } of listSeenDevices(gpu)) {
      const place = `GI ${String(gpuInstanceId).padStart(2)}  CI ${computeInstanceId}`
      terminal.out(`GPU ${gpu.index}  ${name.padEnd(12)} ${place}  ${uuid ?? ''}\n`)
    }
  }
  const unlisted = state.gpus.filter((gpu) => gpu.gpuInstances === null)
  if (unlisted.length > 0) terminal.out(`${describeUnlisted(unlisted)}\n`)
}

function describeUnlisted(gpus: readonly UnlistedGpuState[]): string {
  const seesAll = gpus.every(({ seesAllDevices }) => seesAllDevices)
  const unknown = 'places, GPU instances without a compute instance, what else fits'
  const hints = [configPermissionHint, ...(seesAll ? [] : [monitorPermissionHint])]
  return [
    `${formatGpus(gpus)}: the driver lists GPU instances only to root and with the permission mig/config.`,
    `Not known: ${seesAll ? '' : 'MIG devices of others, '}${unknown}.`,
    ...hints.map((hint) => `hint: ${hint.replaceAll('\n', '\n      ')}`),
  ].join('\n')
}
