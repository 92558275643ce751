import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type {
  RebalanceCalmOptions,
  RebalanceLeftOut,
  RebalancePlan,
} from '../../../types/kubernetes/rebalance.js'
import type {
  RebalanceObjects,
  RebalanceReadOptions,
} from '../../../types/kubernetes/rebalance-cluster.js'
import { MigError } from '../../errors.js'
import { beginChange } from '../../kubernetes/carry-out/begin-change.js'
import { type ChangeStart, nextChanges } from '../../kubernetes/carry-out/next-changes.js'
import { successorsOf } from '../../kubernetes/carry-out/successors.js'
import { readRebalanceProblem } from '../../kubernetes/demand/read-rebalance-problem.js'
import { readRebalanceRecord } from '../../kubernetes/demand/rebalance-record.js'
import { calmRebalance } from '../../kubernetes/rebalance/calm.js'
import { planRebalance } from '../../kubernetes/rebalance/plan-rebalance.js'
import { verifyRebalance } from '../../kubernetes/rebalance/verify/verify-rebalance.js'
import type { Clock } from '../node/clock.js'
import { createPatience, type Patience } from '../node/patience.js'
import { createLeaseKeeper } from '../rollout/lease-keeper.js'
import { type FollowedChange, followChange, patchNode } from './follow-changes.js'
import { listObjects } from './read-cluster.js'

/** What a rebalancer found, and is about to do. */
export interface RebalanceLook {
  readonly objects: RebalanceObjects
  readonly leftOut: readonly RebalanceLeftOut[]
  readonly plan: RebalancePlan
  /** The changes that begin now, in their order. */
  readonly starts: readonly ChangeStart[]
}

/** How a cluster is rebalanced. Times are in milliseconds. */
export interface RunRebalanceOptions {
  readonly cluster: ClusterClient
  /** Where the Lease is that keeps two rebalancers apart. */
  readonly namespace: string
  /** The identity of this process. */
  readonly holder: string
  readonly reading: Omit<RebalanceReadOptions, 'now'>
  readonly calm: Required<Omit<RebalanceCalmOptions, 'now'>>
  /** So many nodes change at a time. */
  readonly maxUnavailable: number
  /** How long a plan may take. */
  readonly deadlineMs: number
  /** How long an agent may take. */
  readonly agentMs: number
  /** How long pods may take to come once their devices are there. */
  readonly podsMs: number
  /** Goes on for ever, and looks so often. Null: ends when no change is left. */
  readonly everyMs: number | null
  /** Only the first look. */
  readonly dryRun: boolean
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onLook: (look: RebalanceLook) => void
  /** Called where the progress of a node is another one. */
  readonly onProgress: (change: FollowedChange) => void
  readonly log: (line: string) => void
}

/** So often it looks at nodes that change, or as often as at the cluster where that is more. */
const followMs = 2000
/** So long one that ends by itself waits for nodes that are about to be known again. */
const patienceMs = 60_000
/** The Lease is renewed at least so often. */
const longestSleepMs = 20_000
const lease = 'mig-nvml-rebalance'

/**
 * Reads, plans and changes nodes, a few at a time, until no change is left. How far it is stands on the nodes: one that was killed is
 * started again and goes on. Resolves to how many changes were taken back.
 */
export async function runRebalance(options: RunRebalanceOptions): Promise<number> {
  const { cluster, clock, dryRun, everyMs, holder, namespace, signal } = options
  const keeper = createLeaseKeeper({
    cluster,
    namespace,
    holder,
    clock,
    signal,
    name: lease,
    code: 'MIG_REBALANCE_RUNNING',
    what: 'rebalancer',
    waits: everyMs !== null,
    log: options.log,
  })
  let dueAt = clock.now()
  let quietSince = clock.now()
  const patiently = createPatience(options)
  const shown = new Map<string, string>()
  const returning = new Set<string>()
  let open: ReadonlySet<string> = new Set()
  let returned = 0
  try {
    for (;;) {
      signal.throwIfAborted()
      const isHeld = dryRun || (await patiently('lease', () => keeper.hold()))
      if (isHeld === true && open.size > 0) {
        const left = await followOpen(options, patiently, open, { shown, returning })
        for (const name of open) if (!left.has(name) && returning.delete(name)) returned += 1
        open = left
      } else if (isHeld === true && clock.now() >= dueAt) {
        dueAt = clock.now() + (everyMs ?? 0)
        const begun = await patiently('look', () => lookAndBegin(options, patiently))
        if (begun !== null) {
          if (dryRun) return returned
          open = begun.nodes
          if (open.size > 0 || !begun.isPassing) quietSince = clock.now()
          const isQuiet = !begun.isPassing || clock.now() - quietSince >= patienceMs
          if (open.size === 0 && isQuiet && everyMs === null) return returned
        }
      }
      const shortest = Math.min(followMs, everyMs ?? followMs)
      const rest = Math.min(longestSleepMs, Math.max(shortest, dueAt - clock.now()))
      await clock.sleep(open.size > 0 ? shortest : rest, signal)
    }
  } finally {
    if (!dryRun) await keeper.release()
  }
}

/** One look at each node that is being changed. The result are those that still are. */
async function followOpen(
  options: RunRebalanceOptions,
  patiently: Patience,
  open: ReadonlySet<string>,
  seen: { readonly shown: Map<string, string>; readonly returning: Set<string> },
): Promise<ReadonlySet<string>> {
  const { cluster, agentMs, podsMs, clock, signal } = options
  const limits = { agentMs, podsMs, signal, now: () => clock.now() }
  const left = new Set(open)
  for (const name of open) {
    const change = await patiently('follow', () => followChange(cluster, name, limits))
    if (change === null) continue
    const { node, progress, returns } = change
    const { step } = progress
    const text = JSON.stringify(progress)
    if (seen.shown.get(name) !== text) options.onProgress({ node, progress })
    seen.shown.set(name, text)
    if (returns) seen.returning.add(name)
    if (step === 'stay') seen.returning.delete(name)
    if (step !== 'wait' && step !== 'return' && step !== 'stay') left.delete(name)
  }
  return left
}

/** What a look has led to. */
interface Begun {
  /** The nodes that are being changed. */
  readonly nodes: ReadonlySet<string>
  /** A node is left out for a reason that passes soon, and another look may find more. */
  readonly isPassing: boolean
}

async function lookAndBegin(options: RunRebalanceOptions, patiently: Patience): Promise<Begun> {
  const { cluster, clock, signal, dryRun, maxUnavailable } = options
  const objects = await listObjects(cluster, { move: options.reading.move === true, signal })
  // What a rebalancer before this one has begun comes first.
  const open = objects.nodes.filter(isOpen).map(({ metadata }) => metadata.name ?? '')
  if (open.length > 0 && !dryRun) return { nodes: new Set(open), isPassing: false }
  const now = clock.now()
  const reading = readRebalanceProblem(objects, { ...options.reading, now })
  const calm = calmRebalance(reading.problem, reading.memory, { ...options.calm, now })
  const { problem } = calm
  const leftOut = [...reading.leftOut, ...calm.leftOut]
  const plan = await planRebalance(problem, { deadlineMs: options.deadlineMs, signal })
  const check = verifyRebalance(problem, plan)
  // Nothing leads here: a mistake in the search must not reach a node.
  if (!check.valid) throw new Error(`the plan is wrong: ${check.reason}`)
  const starts = nextChanges(problem, plan, maxUnavailable)
  options.onLook({ objects, leftOut, plan, starts })
  const isPassing = leftOut.some(({ passes }) => passes)
  if (dryRun) return { nodes: new Set(), isPassing }
  const begun = new Set<string>()
  for (const change of starts) {
    const node = objects.nodes.find(({ metadata }) => metadata.name === change.node)
    if (node === undefined) continue
    // Each patch tests the version of its node. Where somebody was quicker, the next look decides.
    const isDone = await patiently('begin', async () => {
      const context = {
        now: clock.now(),
        restMs: options.calm.restMs,
        successors: successorsOf(objects.pods, change.evicts),
      }
      await patchNode(cluster, change.node, beginChange(node, change, context), signal)
      return true
    })
    // A patch whose answer is lost may have been done.
    if (isDone !== null) begun.add(change.node)
  }
  if (begun.size > 0 || starts.length === 0) return { nodes: begun, isPassing }
  throw new MigError('MIG_CLUSTER_CONFLICT', 'the nodes have changed since they were read')
}

function isOpen(node: ClusterObject): boolean {
  const state = readRebalanceRecord(node)?.state
  return state === 'going' || state === 'returning'
}
