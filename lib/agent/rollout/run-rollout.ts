import type {
  ClusterClient,
  ClusterObject,
  ClusterSelection,
} from '../../../types/kubernetes/cluster-client.js'
import type { RolloutOptions, RolloutStep } from '../../../types/kubernetes/rollout.js'
import { isMigError, toError } from '../../errors.js'
import { configLabel } from '../../kubernetes/agent/names.js'
import { taintChange, testVersion } from '../../kubernetes/agent/taint-change.js'
import { drainTaint } from '../../kubernetes/rollout/names.js'
import { nextRolloutStep } from '../../kubernetes/rollout/next-rollout-step.js'
import type { Clock } from '../node/clock.js'
import { createPatience } from '../node/patience.js'
import { createDrain, type Drain } from './drain-node.js'
import { createLeaseKeeper } from './lease-keeper.js'
import { createNodesFinder, expectComplete, type RolloutNodesFinder } from './nodes-of-rollout.js'

/** How to bring many nodes to a configuration. */
export interface RunRolloutOptions
  extends Omit<RolloutOptions, 'gaveUp'>,
    Pick<ClusterSelection, 'labelSelector'> {
  readonly cluster: ClusterClient
  /** Where the Lease is that keeps two rollouts apart. */
  readonly namespace: string
  /** The identity of this process. */
  readonly holder: string
  /** How long the pods of a node may stay with `drain`, in milliseconds. Default 1,800,000. */
  readonly drainMs?: number
  /** Only the first look; no label is written. */
  readonly dryRun?: boolean
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Called after each look at the nodes. */
  readonly onStep: (step: RolloutStep) => void
  readonly log: (line: string) => void
}

const nodes = { apiVersion: 'v1', resource: 'nodes' } as const
const lookMs = 3000
const leaveMs = 20_000
const lease = 'mig-nvml-rollout'

/**
 * Gives nodes their label, as many at a time as are allowed, and waits for their agents. It stops when too many fail. An
 * interrupted one is started again with the same options: nodes that are done stay so.
 */
export async function runRollout(options: RunRolloutOptions): Promise<RolloutStep> {
  const { cluster, clock, dryRun = false, holder, namespace, signal } = options
  const keeper = createLeaseKeeper({
    cluster,
    namespace,
    holder,
    clock,
    signal,
    name: lease,
    code: 'MIG_ROLLOUT_RUNNING',
    what: 'rollout',
    waits: false,
    log: options.log,
  })
  const drain = createDrain(options)
  const finder = createNodesFinder(options)
  const patiently = createPatience(options)
  try {
    for (;;) {
      signal.throwIfAborted()
      const step = await patiently('look', async () => {
        const isHeld = dryRun || (await keeper.hold())
        return isHeld ? lookAndStart(options, drain, finder) : null
      })
      if (step !== null) {
        options.onStep(step)
        if (step.outcome !== 'going' || dryRun) return step
      }
      await clock.sleep(lookMs, signal)
    }
  } finally {
    await leaveNodes(options, drain)
    if (!dryRun) await keeper.release()
  }
}

async function lookAndStart(
  options: RunRolloutOptions,
  drain: Drain,
  finder: RolloutNodesFinder,
): Promise<RolloutStep> {
  const { labelSelector, dryRun = false, config } = options
  const { maxUnavailable, canary, maxFailures } = options
  const { items, left } = await finder.find()
  const step = nextRolloutStep(items, {
    config,
    drain: options.drain === true,
    gaveUp: drain.gaveUp,
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
    ...(canary === undefined ? {} : { canary }),
    ...(maxFailures === undefined ? {} : { maxFailures }),
  })
  if (step.outcome === 'done') expectComplete(left, labelSelector)
  if (dryRun) return step
  for (const { name, isTainted } of step.nodes) if (isTainted) drain.tainted.add(name)
  for (const name of step.release) {
    await taint(options, findIn(items, name), false)
    drain.tainted.delete(name)
  }
  for (const name of step.start) {
    if (options.drain !== true) {
      await label(options, items, name)
      continue
    }
    drain.tainted.add(name)
    await taint(options, findIn(items, name), true)
  }
  const reasons = new Map<string, string>()
  for (const { name, progress } of step.nodes) {
    if (progress !== 'draining' || step.release.includes(name)) continue
    const reason = await drain.step(name)
    if (reason === null) await label(options, items, name)
    else reasons.set(name, reason)
  }
  return {
    ...step,
    nodes: step.nodes.map((node) => ({ ...node, reason: reasons.get(node.name) ?? node.reason })),
  }
}

function findIn(items: readonly ClusterObject[], name: string): ClusterObject {
  const found = items.find(({ metadata }) => metadata.name === name)
  if (found === undefined) throw new Error(`no node ${name}`)
  return found
}

/** Its value is the configuration: how far the rollout is stands on the node. */
async function taint(
  { cluster, config, signal }: RunRolloutOptions,
  node: ClusterObject,
  isWanted: boolean,
): Promise<void> {
  const change = taintChange(node, { ...drainTaint, value: config }, isWanted)
  if (change.length > 0)
    await cluster.patch(
      { ...nodes, name: node.metadata.name ?? '' },
      [testVersion(node), ...change],
      {
        signal,
      },
    )
}

/**
 * However a rollout ends, its taints go: a node that has its label is kept free by its agent, and one that has none is given back. After a
 * kill, the next rollout finds them.
 */
async function leaveNodes(options: RunRolloutOptions, { tainted }: Drain): Promise<void> {
  const own = { ...options, signal: AbortSignal.timeout(leaveMs) }
  for (const name of tainted)
    await patientlyLeave(own, name).catch((error: unknown) =>
      options.log(
        `the taint of node ${name} is left: ${toError(error).message}; kubectl taint node ${name} ${drainTaint.key}-`,
      ),
    )
}

/** Another program may change the node at the same time. */
async function patientlyLeave(options: RunRolloutOptions, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const node = await options.cluster.get({ ...nodes, name }, { signal: options.signal })
    if (node === null) return
    try {
      return await taint(options, node, false)
    } catch (error) {
      if (attempt === 5 || !isMigError(error) || error.code !== 'MIG_CLUSTER_CONFLICT') throw error
    }
  }
}

/** The version of the node is tested, so that a label that somebody has just written is not lost. */
async function label(
  { cluster, config, signal }: RunRolloutOptions,
  items: readonly ClusterObject[],
  name: string,
): Promise<void> {
  const found = items.find(({ metadata }) => metadata.name === name)
  await cluster.merge(
    { ...nodes, name },
    { metadata: { labels: { [configLabel]: config } } },
    {
      signal,
      ...(found?.metadata.resourceVersion === undefined
        ? {}
        : { resourceVersion: found.metadata.resourceVersion }),
    },
  )
}
