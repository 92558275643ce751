export type {
  SimulatedCall,
  SimulatedCallCounts,
  SimulatedComputeInstance,
  SimulatedDeviceNode,
  SimulatedFault,
  SimulatedGpu,
  SimulatedGpuInstance,
  SimulatedGpuSpec,
  SimulatedMachine,
  SimulatedMachineDescription,
  SimulatedMachineOptions,
  SimulatedModel,
  SimulatedProcess,
  SimulatedRootEntry,
} from '../../types/simulator.js'
export { createSimulatedMachine, openSimulatedMachine } from './machine.js'
export type { SimulatedMachineSpec } from './machine-text.js'
export { listSimulatedModels } from './models.js'
export { simulatorFolder } from './native.js'
export { writeRootTree } from './root-tree.js'
