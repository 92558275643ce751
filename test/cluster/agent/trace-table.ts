import type { TracePod } from '../../../benchmarks/fleet/pod-trace.js'
import { type PolicyRow, summaryOf } from '../../../benchmarks/fleet/trace-policies.js'

/** What a trace in a real cluster came to: the step at which each pod that started did so. */
export interface TraceResult {
  readonly pods: readonly TracePod[]
  readonly started: ReadonlyMap<string, number>
  /** How many times a node changed. */
  readonly changes: number
  /** How many of these changes were taken back, where a pod was quicker. */
  readonly takenBack: number
}

/** The same pods under each policy, as lines: the share that starts, how long these wait in the mean, and the policy. */
export function traceTable(
  { pods, started, changes, takenBack }: TraceResult,
  others: readonly PolicyRow[],
): readonly string[] {
  const waits = pods.flatMap(({ id, arrives }) => {
    const step = started.get(id)
    return step === undefined ? [] : [step - arrives]
  })
  const own: PolicyRow = {
    policy: `mig-nvml rebalance in the cluster (${changes} changes of a node, ${takenBack} taken back)`,
    share: started.size / pods.length,
    ...summaryOf(waits),
  }
  return [
    `${pods.length} pods in ${(pods.at(-1)?.arrives ?? 0) + 1} steps: the share that starts, and how many steps these wait`,
    ...[...others, own].map(
      ({ share, mean, policy }) =>
        `${share.toFixed(3)}  ${mean === undefined ? '    ' : mean.toFixed(2)}  ${policy}`,
    ),
  ]
}
