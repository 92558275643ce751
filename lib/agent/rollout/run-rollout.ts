import type {
  ClusterClient,
  ClusterObject,
  ClusterSelection,
} from '../../../types/kubernetes/cluster-client.js'
import type { RolloutOptions, RolloutStep } from '../../../types/kubernetes/rollout.js'
import { isMigError, MigError, toError } from '../../errors.js'
import { configLabel } from '../../kubernetes/agent/names.js'
import { nextRolloutStep } from '../../kubernetes/rollout/next-rollout-step.js'
import type { Clock } from '../node/clock.js'

/** How to bring many nodes to a configuration. */
export interface RunRolloutOptions extends RolloutOptions, Pick<ClusterSelection, 'labelSelector'> {
  readonly cluster: ClusterClient
  /** Where the Lease is that keeps two rollouts apart. */
  readonly namespace: string
  /** The identity of this process. */
  readonly holder: string
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
const leaseSeconds = 60
const lease = 'mig-nvml-rollout'

/**
 * Gives nodes their label, as many at a time as are allowed, and waits for their agents. It stops when too many fail. An
 * interrupted one is started again with the same options: nodes that are done stay so.
 */
export async function runRollout(options: RunRolloutOptions): Promise<RolloutStep> {
  const { cluster, clock, dryRun = false, holder, namespace, signal } = options
  try {
    for (;;) {
      signal.throwIfAborted()
      const step = await patiently(options, async () => {
        if (!dryRun) await holdLease(options)
        return lookAndStart(options)
      })
      if (step !== null) {
        options.onStep(step)
        if (step.outcome !== 'going' || dryRun) return step
      }
      await clock.sleep(lookMs, signal)
    }
  } finally {
    if (!dryRun) await cluster.releaseLease({ namespace, name: lease }, { holder }).catch(() => {})
  }
}

async function lookAndStart(options: RunRolloutOptions): Promise<RolloutStep> {
  const { cluster, labelSelector, signal, dryRun = false, config } = options
  const { maxUnavailable, canary, maxFailures } = options
  const { items } = await cluster.list(nodes, {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    signal,
  })
  const step = nextRolloutStep(items, {
    config,
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
    ...(canary === undefined ? {} : { canary }),
    ...(maxFailures === undefined ? {} : { maxFailures }),
  })
  if (dryRun) return step
  for (const name of step.start) await label(options, items, name)
  return step
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

async function holdLease({ cluster, holder, namespace, signal }: RunRolloutOptions): Promise<void> {
  const now = await cluster.holdLease(
    { namespace, name: lease },
    { holder, durationSeconds: leaseSeconds, signal },
  )
  if (!now.held)
    throw new MigError(
      'MIG_ROLLOUT_RUNNING',
      `another rollout is under way: ${now.holder ?? 'unknown'}, renewed at ${now.renewTime ?? 'an unknown time'}`,
      { hint: `it ends by itself, or its Lease ${namespace}/${lease} after ${leaseSeconds} s` },
    )
}

/** Null: the API server is away, or a node has changed in between. The next look decides. */
async function patiently<T>(
  { signal, log }: RunRolloutOptions,
  action: () => Promise<T>,
): Promise<T | null> {
  try {
    return await action()
  } catch (error) {
    signal.throwIfAborted()
    const code = isMigError(error) ? error.code : ''
    if (code !== 'MIG_CLUSTER_UNAVAILABLE' && code !== 'MIG_CLUSTER_CONFLICT') throw error
    log(toError(error).message)
    return null
  }
}
