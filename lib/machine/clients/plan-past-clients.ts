import type { GpuHolder } from '../../../types/model/state.js'
import { isMigError } from '../../errors.js'
import type { ApplyOperation, PlannedMachine } from '../operation/operation.js'
import { readAndEvict } from '../operation/read-and-plan.js'
import type { Clients } from './clients.js'

/**
 * Plans around the processes that use the machine. Clients in the way are stopped, and then it plans again. A change that
 * goes beside a running client stops nobody.
 */
export async function planPastClients(
  operation: ApplyOperation,
  clients: Clients | null,
): Promise<PlannedMachine> {
  if (clients === null) return readAndEvict(operation)
  // Each client is stopped once, so this ends.
  for (;;) {
    try {
      const planned = await readAndEvict(operation)
      if (!(await clients.stopForPlan(planned.plan))) return planned
    } catch (error) {
      const holders = holdersOf(error)
      if (holders.length === 0 || !(await clients.stopHolders(holders))) throw error
    }
  }
}

function holdersOf(error: unknown): readonly GpuHolder[] {
  return isMigError(error) && error.code === 'MIG_IN_USE' ? (error.holders ?? []) : []
}
