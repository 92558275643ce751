import { describe, expect, test } from 'vitest'
import { beginChange } from '../../../../lib/kubernetes/carry-out/begin-change.js'
import type { ChangeStart } from '../../../../lib/kubernetes/carry-out/next-changes.js'
import { successorsOf } from '../../../../lib/kubernetes/carry-out/successors.js'
import { calmRebalance, readRebalanceProblem } from '../../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../../types/kubernetes/cluster-client.js'
import type { RebalanceRecord } from '../../../../types/kubernetes/rebalance-cluster.js'
import { patched } from '../../../support/json-patch.js'
import { layoutNode, noon } from '../../../support/layout-nodes.js'

const restMs = 300_000
const key = 'A100-SXM4-40GB'
const gpus = Array.from({ length: 3 }, () => ({ key, instances: ['1g.5gb@0'] }))

/** A part of a plan for node-1: these GPUs now, and those afterwards. */
function part(now: readonly string[], later: readonly string[] = []): ChangeStart {
  const none = { mode: null, destroyed: [], created: [], layout: [] }
  const changes = now.map((gpu) => ({ gpu, ...none }))
  return { node: 'node-1', gpus: changes, evicts: [], promised: [], later }
}

/** The node once this part of a plan is done. */
function finish(node: ClusterObject, start: ChangeStart, now: number): ClusterObject {
  const begun = patched(node, beginChange(node, start, { now, restMs, successors: [] }))
  if (begun === undefined) throw new Error('the patch does not fit')
  const annotations = { ...begun.metadata.annotations }
  const record = JSON.parse(annotations['mig-nvml/rebalance-record'] ?? '') as RebalanceRecord
  annotations['mig-nvml/rebalance-record'] = JSON.stringify({ ...record, state: 'kept' })
  const agent = JSON.parse(annotations['mig-nvml/agent'] ?? '')
  annotations['mig-nvml/agent'] = JSON.stringify({ ...agent, config: record.config })
  return { ...begun, metadata: { ...begun.metadata, annotations } }
}

/** Why the node keeps its layout at that time. */
function restOf(node: ClusterObject, now: number): string | undefined {
  const { problem, memory } = readRebalanceProblem({ nodes: [node], pods: [] }, { now: noon })
  return calmRebalance(problem, memory, { now, restMs, windowMs: 0 }).problem.nodes[0]?.fixed
}

describe('a plan that changes a node in several steps', () => {
  const first = finish(layoutNode({ gpus }), part(['a'], ['b', 'c']), noon)

  test('goes on without a rest, and rests after its last step', () => {
    expect(restOf(first, noon + 30_000)).toBeUndefined()
    const second = finish(first, part(['b'], ['c']), noon + 30_000)
    expect(restOf(second, noon + 60_000)).toBeUndefined()
    const last = finish(second, part(['c']), noon + 60_000)
    expect(restOf(last, noon + 90_000)).toBe('it has been changed less than 300 s ago')
    expect(restOf(last, noon + 360_000)).toBeUndefined()
  })

  test('rests where another plan changes other GPUs, however many of these are to come', () => {
    const other = finish(first, part(['a'], ['b', 'c']), noon + 30_000)
    expect(restOf(other, noon + 60_000)).toMatch(/less than 300 s/)
    const further = finish(first, part(['b'], ['a', 'c']), noon + 30_000)
    const last = finish(further, part(['c'], ['a']), noon + 60_000)
    expect(restOf(further, noon + 60_000)).toBeUndefined()
    expect(restOf(last, noon + 90_000)).toMatch(/less than 300 s/)
  })

  test('may begin with any GPU again after a rest', () => {
    const anew = finish(first, part(['a'], ['b', 'c']), noon + 300_000)
    expect(restOf(anew, noon + 330_000)).toBeUndefined()
  })

  test('goes back to what a person had named before its first step', () => {
    const labels = { 'nvidia.com/mig.config': 'halves', 'mig-nvml/rebalance': 'true' }
    const handedOver = finish(layoutNode({ gpus, labels }), part(['a'], ['b']), noon)
    const second = finish(handedOver, part(['b']), noon + 30_000)
    const record = JSON.parse(second.metadata.annotations?.['mig-nvml/rebalance-record'] ?? '')
    expect(record).toMatchObject({ named: 'halves', later: [] })
  })
})

test('what a move waits for are as many pods of its controller as ran before: ready, and not about to end', () => {
  const pod = (name: string, uid: string, more: object = {}, status: object = {}) => ({
    metadata: {
      name,
      namespace: 'team-a',
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: uid, uid, controller: true },
      ],
      ...more,
    },
    status: { phase: 'Running', ...status },
  })
  const unready = { conditions: [{ type: 'Ready', status: 'False' }] }
  const pods = [
    pod('a', 'one'),
    pod('b', 'one'),
    pod('c', 'one', { deletionTimestamp: '2026-11-29T12:00:00Z' }),
    pod('d', 'one', {}, unready),
    pod('e', 'one', {}, { phase: 'Pending' }),
    pod('f', 'two'),
    pod('g', 'three'),
  ] as readonly ClusterObject[]
  expect(successorsOf(pods, ['team-a/a', 'team-a/b', 'team-a/f', 'team-b/g'])).toEqual([
    { namespace: 'team-a', controller: 'one', running: 2 },
    { namespace: 'team-a', controller: 'two', running: 1 },
  ])
})
