import { planRebalance } from '../../build/modules/kubernetes.js'
import { model, profiles } from './pod-trace.js'

/**
 * Plans at each tick; in between, a pod that waits takes an idle device of its size as the scheduler would. A change is in effect
 * `changeTakes` ticks later; where that is 0, it plans again until no change is left.
 */
export async function replayRebalanced(pods, { nodes, gpus: gpusPerNode, patience, changeTakes }) {
  const cluster = Array.from({ length: nodes }, (_, node) => ({
    name: `n${node}`,
    readyAt: 0,
    gpus: Array.from({ length: gpusPerNode }, (__, gpu) => ({
      id: `n${node}-${gpu}`,
      model,
      layout: [],
    })),
  }))
  const started = new Map()
  const running = []
  let waiting = []
  let next = 0
  let plans = 0
  let changed = 0
  let destroyed = 0
  const last = pods.at(-1).arrives + patience
  for (let now = 0; now <= last; now += 1) {
    for (const each of running.filter(({ endsAt }) => endsAt <= now)) delete each.instance.heldBy
    for (let at = running.length - 1; at >= 0; at--)
      if (running[at].endsAt <= now) running.splice(at, 1)
    while (next < pods.length && pods[next].arrives <= now) waiting.push(pods[next++])
    waiting = waiting.filter((pod) => now - pod.arrives <= patience && !begin(pod))
    while (waiting.length > 0) {
      const isChanged = await change(now)
      if (changeTakes > 0 || !isChanged) break
      waiting = waiting.filter((pod) => !begin(pod))
    }
    function begin(pod) {
      for (const { gpus, readyAt } of cluster) {
        if (readyAt > now) continue
        for (const { layout } of gpus) {
          const instance = layout.find(
            (one) => one.heldBy === undefined && nameOf(one) === pod.size,
          )
          if (instance === undefined) continue
          instance.heldBy = pod.id
          started.set(pod.id, now - pod.arrives)
          running.push({ instance, endsAt: now + pod.stays })
          return true
        }
      }
      return false
    }
  }
  return {
    waits: [...started.values()].map((wait) => Math.max(0, wait)),
    plans,
    changed,
    destroyed,
  }

  async function change(now) {
    plans += 1
    const plan = await planRebalance(
      {
        nodes: cluster.map(({ name, gpus, readyAt }) => ({
          name,
          gpus,
          ...(readyAt > now ? { fixed: 'it changes' } : {}),
        })),
        pods: waiting.map(({ id, size }) => ({ id, devices: { [size]: 1 } })),
      },
      // No plan is cut short, so the shares do not depend on the machine.
      { deadlineMs: 600_000, solver: 'own' },
    )
    for (const { node, gpus } of plan.changes) {
      const at = cluster.find(({ name }) => name === node)
      at.readyAt = now + changeTakes
      changed += 1
      for (const change of gpus) {
        const gpu = at.gpus.find(({ id }) => id === change.gpu)
        destroyed += change.destroyed.length
        const kept = gpu.layout.filter((one) => !change.destroyed.some((gone) => isSame(one, gone)))
        if (kept.length + change.destroyed.length !== gpu.layout.length)
          throw new Error('not one of this GPU')
        if (kept.length < gpu.layout.filter(({ heldBy }) => heldBy !== undefined).length)
          throw new Error('a pod lost its device')
        const made = change.created.map(({ profileId, placement }) => ({ profileId, placement }))
        gpu.layout = [...kept, ...made]
      }
    }
    return plan.changes.length > 0
  }
}

const nameOf = ({ profileId }) => profiles.find(({ id }) => id === profileId).name
const isSame = (one, other) =>
  one.profileId === other.profileId && one.placement.start === other.placement.start
