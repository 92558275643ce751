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
  SimulatedRegister,
  SimulatedRootEntry,
  SimulatedSettings,
} from '../types/simulator/machine.js'
export { deleteSimulatedMachine } from './simulator/delete-machine.js'
export { type SimulatorFolderOptions, simulatorFolder } from './simulator/folder.js'
export {
  type FollowedTree,
  type FollowTreeOptions,
  followRootTree,
} from './simulator/follow-tree.js'
export { createSimulatedMachine, openSimulatedMachine } from './simulator/machine.js'
export type { SimulatedMachineSpec } from './simulator/machine-text.js'
export { listSimulatedModels } from './simulator/models.js'
export { type RootTreeOptions, writeRootTree } from './simulator/root-tree.js'
