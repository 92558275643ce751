import { setImmediate } from 'node:timers/promises'
import type { SimulatedMachine } from '../../types/simulator/machine.js'

/** Waits until clients have called an NVML function, by its exported name, as often as this. */
export async function untilCalled(machine: SimulatedMachine, fn: string, times = 1): Promise<void> {
  while ((machine.callCounts().byFunction[fn] ?? 0) < times) await setImmediate()
}
