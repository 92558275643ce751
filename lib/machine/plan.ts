import type { MigConfigInput } from '../../types/config/config.js'
import type { PlanOptions } from '../../types/machine/options.js'
import type { MigPlan } from '../../types/machine/plan.js'
import type { ListedMigState } from '../../types/model/state.js'
import { parseConfig } from '../config/document/parse.js'
import { selectConfig } from '../config/document/select.js'
import { untilAborted } from '../driver/abort.js'
import type { DriverSession } from '../driver/session.js'
import { whileLockHeld } from './operation/own-lock.js'
import { evictedHolders, planAroundHolders } from './operation/plan-around-holders.js'
import { type ApplyRequest, requestOf } from './operation/request.js'
import { withSession } from './operation/with-session.js'

export async function planMigConfig(
  input: MigConfigInput,
  options: PlanOptions = {},
): Promise<MigPlan> {
  const config = selectConfig(parseConfig(input, options), options.config)
  return withSession(
    options,
    async (session) => (await readAndPlan(session, requestOf(config), options)).plan,
  )
}

/** Reads the machine, and plans the least change of it around those who use it. */
export async function readAndPlan(
  session: DriverSession,
  request: ApplyRequest,
  options: PlanOptions,
): Promise<{ state: ListedMigState; plan: MigPlan }> {
  const { signal } = options
  const state = await session.readListedState(signal === undefined ? {} : { signal })
  return { state, plan: await planAroundHolders(session, request.resolve(state), options) }
}

/**
 * For an apply: a function `evict` is told whom the plan takes their devices from, and then the machine
 * is read anew. Who still holds something that must go is in the way now: `MIG_IN_USE`.
 */
export async function readAndEvict(
  session: DriverSession,
  request: ApplyRequest,
  options: PlanOptions,
): Promise<{ state: ListedMigState; plan: MigPlan }> {
  const planned = await readAndPlan(session, request, options)
  const holders = evictedHolders(planned.plan)
  const { evict } = options
  if (typeof evict !== 'function' || holders.length === 0) return planned
  // Nothing is touched yet: who gives up need not wait until others have let go.
  const evicting = whileLockHeld(session.lockFile, () => evict(holders))
  await untilAborted(evicting, options.signal)
  options.signal?.throwIfAborted()
  return readAndPlan(session, request, { ...options, evict: false })
}
