import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentDecision, AgentEvent } from '../../../types/kubernetes/agent.js'
import { acquireLock } from '../../driver/lock/lock.js'
import { toError } from '../../errors.js'
import { reduceAgent } from '../../kubernetes/agent/reduce.js'
import { forgetLayouts } from '../node/checkpoint.js'
import { digestOf, readConfigurations } from '../node/configuration.js'
import type { NodeAgentOptions } from '../node/context.js'
import type { StepOutcome } from '../node/outcome.js'
import { compareMachine } from '../steps/after.js'
import { perform } from '../steps/perform.js'
import { type FollowedNode, followNode } from './follow-node.js'
import { createLayoutKeeper, type LayoutKeeper } from './layout-keeper.js'
import { loadRecord, saveRecord } from './node-record.js'
import { createWaiter, type Waiter } from './waiter.js'

/**
 * Keeps the machine as the label of its node says, until the signal is aborted. Two agents of one machine take turns: the second
 * one waits until the first one ends.
 */
export async function runNodeAgent(
  options: NodeAgentOptions,
  onDecision: (decision: AgentDecision) => void = () => {},
): Promise<void> {
  const { stateFolder, signal, log } = options
  await mkdir(stateFolder, { recursive: true, mode: 0o700 })
  const lock = await acquireLock(join(stateFolder, 'agent.lock'), {
    signal,
    onWaiting: (holder) =>
      log(`another agent runs here${holder === null ? '' : ` (${holder})`}: waiting for its end`),
  }).catch((error: unknown) => {
    if (signal.aborted) return null
    throw error
  })
  if (lock === null) return
  try {
    await follow(options, onDecision)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    lock.release()
  }
}

async function follow(
  given: NodeAgentOptions,
  onDecision: (decision: AgentDecision) => void,
): Promise<void> {
  const { clock, settings } = given
  const waiter = createWaiter(given)
  const node = followNode(given, waiter.wake)
  const options = { ...given, annotations: node.annotations }
  const layout = createLayoutKeeper(options)
  let record = await loadRecord(options)
  let event: AgentEvent = { kind: 'started', now: clock.now() }
  for (;;) {
    const decision = reduceAgent(record, event, settings)
    record = await saveRecord(options, decision.record)
    await announce(options, decision)
    onDecision({ ...decision, record })
    if (record.step === 'idle' && event.kind !== 'wanted') {
      await forgetLayouts(options)
      waiter.forget()
    }
    const outcome = await nextOutcome(options, { ...decision, record }, { node, waiter, layout })
    event = { ...outcome, now: clock.now() } as AgentEvent
  }
}

interface Surroundings {
  readonly node: FollowedNode
  readonly waiter: Waiter
  readonly layout: LayoutKeeper
}

/** What happens next: the wish has changed, the step is over, a time has come, or the machine has drifted. */
async function nextOutcome(
  options: NodeAgentOptions,
  { record, action }: AgentDecision,
  { node, waiter, layout }: Surroundings,
): Promise<StepOutcome> {
  const { intervalMs, clock, signal } = options
  for (;;) {
    signal.throwIfAborted()
    const wish = await readWish(options, node)
    if (wish !== null && waiter.isNew(wish)) return { kind: 'wanted', ...wish }
    if (action.kind === 'perform') {
      // What the step is about to read is no news after it.
      node.hasOtherResources()
      return perform(options, record)
    }
    const now = clock.now()
    if (action.until !== null && action.until <= now) return { kind: 'time' }
    if (record.step === 'await' && node.hasOtherResources()) return { kind: 'time' }
    if (record.step === 'idle' && record.state === 'success') {
      const reason = await findDrift(options, record)
      if (reason !== null) return { kind: 'drifted', reason }
    }
    await layout.look(record)
    const until = Math.min(action.until ?? Number.POSITIVE_INFINITY, layout.due())
    await waiter.wait(Math.min(intervalMs, Math.max(0, until - clock.now())))
  }
}

/** Null: the node or the document cannot be read now. */
async function readWish(
  options: NodeAgentOptions,
  node: FollowedNode,
): Promise<{ readonly config: string | null; readonly digest: string | null } | null> {
  const config = node.label()
  if (config === undefined) return null
  if (config === null) return { config, digest: null }
  try {
    return { config, digest: digestOf(await readConfigurations(options, config), config) }
  } catch (error) {
    // The run finds the same error, and says it on the node.
    return { config, digest: `unreadable: ${toError(error).message}`.slice(0, 200) }
  }
}

/** Null: the machine is as configured, or cannot be compared now. */
async function findDrift(
  options: NodeAgentOptions,
  record: AgentDecision['record'],
): Promise<string | null> {
  try {
    const differences = await compareMachine(options, record)
    return differences.length === 0
      ? null
      : `The layout is not that of "${record.config}" any more: ${differences.join('; ')}`
  } catch (error) {
    options.signal.throwIfAborted()
    options.log(`cannot compare the machine: ${toError(error).message}`)
    return null
  }
}

/** Events are for people: one that cannot be written keeps nothing back. */
async function announce(options: NodeAgentOptions, { announce }: AgentDecision): Promise<void> {
  const { cluster, node, log, signal } = options
  for (const { type, reason, message } of announce) {
    log(message)
    try {
      const regarding = { apiVersion: 'v1', kind: 'Node', name: node, uid: node }
      await cluster.recordEvent({ regarding, type, reason, message }, { signal })
    } catch (error) {
      signal.throwIfAborted()
      log(`cannot write an event: ${toError(error).message}`)
    }
  }
}
