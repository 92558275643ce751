export type {
  SimulatedCall,
  SimulatedCallCounts,
  SimulatedComputeInstance,
  SimulatedComputeMode,
  SimulatedControlAction,
  SimulatedDeviceNode,
  SimulatedFault,
  SimulatedFaultState,
  SimulatedGpu,
  SimulatedGpuInstance,
  SimulatedGpuSpec,
  SimulatedHost,
  SimulatedJournalEntry,
  SimulatedMachine,
  SimulatedMachineDescription,
  SimulatedMachineOptions,
  SimulatedModel,
  SimulatedProcess,
  SimulatedRootEntry,
  SimulatedSettings,
} from '../../types/simulator.js'
export { type SimulatorFolderOptions, simulatorFolder } from './folder.js'
export { createSimulatedMachine, openSimulatedMachine } from './machine.js'
export type { SimulatedMachineSpec } from './machine-text.js'
export { listSimulatedModels } from './models.js'
export { type RootTreeOptions, writeRootTree } from './root-tree.js'
