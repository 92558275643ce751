import type { SimulatedGpuSpec } from '../../types/simulator/machine.js'
import { MigError } from '../errors.js'
import { checkGpuSpec } from './option-rules.js'

/** A machine as text, `8x A100-SXM4-40GB +mig, 2x T4`, or as data. */
export type SimulatedMachineSpec = string | SimulatedGpuSpec | readonly SimulatedGpuSpec[]

/** The machine in the simulator's notation: `8x A100-SXM4-40GB +mig, 2x T4`; `none` has no GPU. */
export function formatMachine(spec: SimulatedMachineSpec): string {
  if (typeof spec === 'string') return spec
  const gpus = isList(spec) ? spec : [spec]
  return gpus.length === 0 ? 'none' : gpus.map(formatGpus).join(', ')
}

function formatGpus(gpus: SimulatedGpuSpec): string {
  checkGpuSpec(gpus)
  const { model, count = 1, migEnabled = false, halvesSwapped = false, minorNumber } = gpus
  const { lowerHalfFirst = false, displayMode } = gpus
  if (typeof model !== 'string' || model.trim() === '' || /[,+]/.test(model)) {
    throw new MigError(
      'MIG_SIMULATOR_INVALID',
      `the model of a simulated GPU must be a name, not ${JSON.stringify(model)}`,
      { hint: 'listSimulatedModels() lists them' },
    )
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new MigError(
      'MIG_SIMULATOR_INVALID',
      `the count of ${model} must be a whole number of at least 1, not ${count}`,
    )
  }
  if (displayMode !== undefined && displayMode !== 'graphics' && displayMode !== 'compute') {
    throw new MigError(
      'MIG_SIMULATOR_INVALID',
      `the display mode of ${model} must be "graphics" or "compute", not ${JSON.stringify(displayMode)}`,
    )
  }
  if (displayMode === 'graphics' && migEnabled) {
    throw new MigError(
      'MIG_SIMULATOR_INVALID',
      `${model} has no MIG in the display mode "graphics"; use "compute"`,
    )
  }
  if (minorNumber !== undefined && !Number.isInteger(minorNumber)) {
    throw new MigError(
      'MIG_SIMULATOR_INVALID',
      `the minor number of ${model} must be a whole number, not ${minorNumber}`,
    )
  }
  const options = [
    migEnabled ? ' +mig' : '',
    halvesSwapped ? ' +swapped' : '',
    lowerHalfFirst ? ' +lower-half' : '',
    displayMode === 'compute' ? ' +compute' : '',
    minorNumber === undefined ? '' : ` +minor=${minorNumber}`,
  ].join('')
  return `${count}x ${model}${options}`
}

function isList(
  spec: SimulatedGpuSpec | readonly SimulatedGpuSpec[],
): spec is readonly SimulatedGpuSpec[] {
  return Array.isArray(spec)
}
