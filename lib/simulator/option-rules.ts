import type { SimulatedGpuSpec, SimulatedMachineOptions } from '../../types/simulator/machine.js'
import { checkOptions, type OptionRule, type OptionRules } from '../model/check-options.js'
import { flag, path, text } from '../model/option-rules.js'

// Kinds of value alone: what versions, policies and models there are, the simulated driver knows, and
// refuses the others in its own words.

const number: OptionRule = {
  allowed: 'a number',
  accepts: (value) => typeof value === 'number',
}
const anything: OptionRule = { allowed: 'anything', accepts: () => true }

const machineRules: OptionRules<SimulatedMachineOptions> = {
  store: path,
  driver: text,
  resetPolicy: text,
  privileges: text,
  seed: number,
  host: text,
  computePlaces: text,
  checks: text,
}

const gpuRules: OptionRules<SimulatedGpuSpec> = {
  model: anything,
  count: anything,
  migEnabled: flag,
  halvesSwapped: flag,
  lowerHalfFirst: flag,
  displayMode: text,
  minorNumber: anything,
}

export function checkMachineOptions(options: SimulatedMachineOptions): void {
  checkOptions('createSimulatedMachine', options, machineRules)
}

export function checkGpuSpec(gpus: SimulatedGpuSpec): void {
  checkOptions('a simulated GPU', gpus, gpuRules)
}
