import { untilAborted } from '../../model/abort.js'
import type { ApplyOperation, PlannedMachine } from './operation.js'
import { whileLockHeld } from './own-lock.js'
import { evictedHolders, planAroundHolders } from './plan-around-holders.js'
import { type Plannable, resolvePlannable } from './plannable.js'

/** Reads the machine, and plans the least change of it around the processes that use it. */
export async function readAndPlan(operation: ApplyOperation): Promise<PlannedMachine> {
  const { state, wanted } = await readPlannable(operation)
  return { state, plan: await planAroundHolders(operation, wanted) }
}

/** Reads the machine, and resolves what is wanted of it. */
export async function readPlannable(operation: ApplyOperation): Promise<Plannable> {
  const { session, control, request, settings } = operation
  const state = await session.readState({ signal: control.signal })
  return resolvePlannable(request, state, settings.modeOnly)
}

/**
 * For an apply: a function `evict` gets the processes that lose their devices, and then the machine is read again. A
 * process that still holds what must go blocks the apply then: `MIG_IN_USE`.
 */
export async function readAndEvict(operation: ApplyOperation): Promise<PlannedMachine> {
  const { session, control, settings } = operation
  const { evict } = settings
  const planned = await readAndPlan(operation)
  const holders = evictedHolders(planned.plan)
  if (typeof evict !== 'function' || holders.length === 0) return planned
  // Nothing is changed yet: an abort need not wait until the function has settled.
  const evicting = whileLockHeld(session.lockFile, () => evict(holders))
  await untilAborted(evicting, control.signal)
  control.signal.throwIfAborted()
  return readAndPlan({ ...operation, settings: { ...settings, evict: false } })
}
