export type {
  SimulatedCall,
  SimulatedCallCounts,
  SimulatedComputeInstance,
  SimulatedControlAction,
  SimulatedDeviceNode,
  SimulatedFault,
  SimulatedGpu,
  SimulatedGpuInstance,
  SimulatedGpuSpec,
  SimulatedJournalEntry,
  SimulatedMachine,
  SimulatedMachineDescription,
  SimulatedMachineOptions,
  SimulatedModel,
  SimulatedProcess,
  SimulatedRootEntry,
} from '../../types/simulator.js'
export { type SimulatorFolderOptions, simulatorFolder } from './folder.js'
export { createSimulatedMachine, openSimulatedMachine } from './machine.js'
export type { SimulatedMachineSpec } from './machine-text.js'
export { listSimulatedModels } from './models.js'
export { writeRootTree } from './root-tree.js'
