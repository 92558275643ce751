// What a trace of pods comes to under each policy. Time is in ticks, of which `patience` is how long a pod waits.
import { profiles, sizes } from './pod-trace.js'
import { highestShare } from './trace-bound.js'
import { layoutsOf, replayDynamic, replayStatic } from './trace-layouts.js'
import { replayRebalanced } from './trace-rebalanced.js'

export const policyNames = {
  balanced: 'all-balanced',
  small: 'all-1g.5gb',
  hindsight: 'best static layouts in hindsight',
  dynamic: "the scheduler's first device, made for the pod",
  bound: 'no more than',
}
const balanced = { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }

export async function replayPolicies(pods, { nodes, gpus, patience, changeTakes }) {
  const count = nodes * gpus
  const all = (layout) => replayStatic(pods, Array(count).fill(layout), patience)
  const own = await replayRebalanced(pods, { nodes, gpus, patience, changeTakes })
  const row = (policy, { waits }) => ({
    policy,
    share: waits.length / pods.length,
    ...summaryOf(waits),
  })
  return [
    row(policyNames.balanced, all(balanced)),
    row(policyNames.small, all({ '1g.5gb': 7 })),
    row(policyNames.hindsight, bestStatic(pods, count, patience)),
    row(policyNames.dynamic, replayDynamic(pods, count, { profiles, sizes, patience })),
    row(
      `planRebalance (${own.plans} plans, ${own.changed} changes of a node, ${own.destroyed} idle destroyed)`,
      own,
    ),
    { policy: policyNames.bound, share: await highestShare(pods, count, patience) },
  ]
}

/** Starts from all-balanced, and gives one GPU another layout as long as more pods start. */
function bestStatic(pods, count, patience) {
  const layouts = layoutsOf(profiles, sizes)
  const chosen = Array(count).fill(layouts.find((each) => each['3g.20gb'] === 1) ?? layouts[0])
  let best = replayStatic(pods, chosen, patience)
  for (let round = 0; round < 3; round++) {
    const before = best.waits.length
    for (let gpu = 0; gpu < count; gpu++) {
      for (const layout of layouts) {
        const was = chosen[gpu]
        chosen[gpu] = layout
        const found = replayStatic(pods, chosen, patience)
        if (found.waits.length > best.waits.length) best = found
        else chosen[gpu] = was
      }
    }
    if (best.waits.length === before) break
  }
  return best
}

export function summaryOf(waits) {
  const sorted = waits.toSorted((a, b) => a - b)
  const mean = sorted.reduce((sum, wait) => sum + wait, 0) / Math.max(1, sorted.length)
  return { mean, p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0 }
}
