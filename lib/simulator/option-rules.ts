import type { SimulatedGpuSpec, SimulatedMachineOptions } from '../../types/simulator/spec.js'
import { checkOptions } from '../model/checks/check-options.js'
import type { Rule, RulesOf } from '../model/checks/find-fault.js'
import { anything, flag, objectOf, path, text } from '../model/checks/kinds.js'

// These rules check types only. The simulated driver knows the versions, policies and models, and refuses
// unknown ones with its own message.

const number: Rule = { allowed: 'a number', accepts: (value) => typeof value === 'number' }

const machineRules: RulesOf<SimulatedMachineOptions> = {
  store: path,
  driver: text,
  resetPolicy: text,
  privileges: text,
  seed: number,
  host: text,
  computePlaces: text,
  checks: text,
}

const gpuRules: RulesOf<SimulatedGpuSpec> = {
  model: anything,
  count: anything,
  migEnabled: flag,
  halvesSwapped: flag,
  lowerHalfFirst: flag,
  displayMode: text,
  minorNumber: anything,
}

const machineOptions = objectOf(machineRules)
const gpuSpec = objectOf(gpuRules)

export function checkMachineOptions(options: SimulatedMachineOptions): void {
  checkOptions('createSimulatedMachine', options, machineOptions)
}

export function checkGpuSpec(gpus: SimulatedGpuSpec): void {
  checkOptions('a simulated GPU', gpus, gpuSpec)
}
