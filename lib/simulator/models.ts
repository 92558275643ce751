import type { SimulatedModel } from '../../types/simulator/machine.js'
import { sendCommand } from './command.js'

/** Every GPU model that a simulated machine can have, in the order of the catalog. */
export function listSimulatedModels(): readonly SimulatedModel[] {
  return sendCommand('models') as readonly SimulatedModel[]
}
