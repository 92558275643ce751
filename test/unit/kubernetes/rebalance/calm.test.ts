import { describe, expect, test } from 'vitest'
import { calmRebalance, planRebalance, rememberChanges } from '../../../../lib/kubernetes.js'
import type { RebalanceMemory, RebalanceProblem } from '../../../../types/kubernetes/rebalance.js'
import { applyLayouts } from '../../../support/apply-rebalance.js'
import { migErrorOf } from '../../../support/errors.js'
import { seeded } from '../../../support/random.js'

const model = 'a100-40gb'
const problem: RebalanceProblem = {
  nodes: [{ name: 'node-1', gpus: [{ id: 'gpu-1', model, layout: [] }] }],
  pods: [{ id: 'team/train', devices: { '3g.20gb': 1 } }],
}
const idsOf = ({ pods }: RebalanceProblem): readonly string[] => pods.map(({ id }) => id)

describe('calmRebalance', () => {
  test('leaves a pod out until it has been pending for the whole window, and says when that is', () => {
    const first = calmRebalance(problem, null, { now: 1000, windowMs: 500 })
    expect(idsOf(first.problem)).toEqual([])
    expect(first.nextAt).toBe(1500)
    const early = calmRebalance(problem, first.memory, { now: 1499, windowMs: 500 })
    expect(idsOf(early.problem)).toEqual([])
    const later = calmRebalance(problem, early.memory, { now: 1500, windowMs: 500 })
    expect(idsOf(later.problem)).toEqual(['team/train'])
    expect(later.nextAt).toBeNull()
  })

  test('counts the window of a pod anew after it was gone', () => {
    const first = calmRebalance(problem, null, { now: 1000, windowMs: 500 })
    const gone = calmRebalance({ ...problem, pods: [] }, first.memory, { now: 1200 })
    const back = calmRebalance(problem, gone.memory, { now: 1500, windowMs: 500 })
    expect(idsOf(back.problem)).toEqual([])
    expect(back.nextAt).toBe(2000)
  })

  test('keeps the layout of a node that a plan has changed, until it has rested', () => {
    const options = { windowMs: 0, restMs: 1000 }
    const { memory } = calmRebalance(problem, null, { ...options, now: 0 })
    const changed = rememberChanges(
      memory,
      { changes: [{ node: 'node-1', gpus: [] }] },
      { now: 50 },
    )
    const resting = calmRebalance(problem, changed, { ...options, now: 1049 })
    expect(resting.problem.nodes[0]?.fixed).toBe('it has been changed less than 1 s ago')
    expect(resting.nextAt).toBe(1050)
    const rested = calmRebalance(problem, resting.memory, { ...options, now: 1050 })
    expect(rested.problem.nodes[0]?.fixed).toBeUndefined()
    expect(rested.memory.changedAt).toEqual({})
  })

  test('waits no longer than the window after the clock was set back', () => {
    const first = calmRebalance(problem, null, { now: 1_000_000, windowMs: 500 })
    const back = calmRebalance(problem, first.memory, { now: 1000, windowMs: 500 })
    expect(back.nextAt).toBe(1500)
  })

  test('refuses a memory that is none', () => {
    const wrong = { pendingSince: { a: 'yesterday' }, changedAt: {} } as never
    expect(migErrorOf(() => calmRebalance(problem, wrong)).message).toContain('memory')
  })

  test('lets no pod that leaves within the window cause a change, and no node change twice in its rest', async () => {
    const options = { windowMs: 30, restMs: 200 }
    const draw = seeded(5)
    let memory: RebalanceMemory | null = null
    let cluster: RebalanceProblem = {
      nodes: ['node-1', 'node-2'].map((name) => ({
        name,
        gpus: [{ id: name, model, layout: [] }],
      })),
      pods: [],
    }
    const changedAt = new Map<string, number[]>()
    for (let now = 0; now < 2000; now += 10) {
      // Two demands take turns, faster than a node rests; other pods come and go at once.
      const size = Math.floor(now / 70) % 2 === 0 ? '3g.20gb' : '1g.5gb'
      const lasting = Array.from({ length: size === '3g.20gb' ? 4 : 14 }, (_, index) => ({
        id: `lasting/${size}-${Math.floor(now / 70)}-${index}`,
        devices: { [size]: 1 },
      }))
      const brief = { id: `brief/${now}-${draw(1000)}`, devices: { '7g.40gb': 1 } }
      const asked = { ...cluster, pods: [...lasting, brief] }
      const calm = calmRebalance(asked, memory, { ...options, now })
      memory = calm.memory
      const plan = await planRebalance(calm.problem)
      expect(plan.admitted.filter(({ pod }) => pod.startsWith('brief/'))).toEqual([])
      for (const { node } of plan.changes)
        changedAt.set(node, [...(changedAt.get(node) ?? []), now])
      memory = rememberChanges(memory, plan, { now })
      cluster = { ...applyLayouts(calm.problem, plan), pods: [] }
      cluster = { ...cluster, nodes: cluster.nodes.map(({ fixed: _fixed, ...node }) => node) }
    }
    expect(changedAt.size).toBe(2)
    for (const times of changedAt.values()) {
      expect(times.length).toBeGreaterThan(2)
      for (const [index, time] of times.slice(1).entries())
        expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(options.restMs)
    }
  })
})
