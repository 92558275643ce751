import { describe, expect, test } from 'vitest'
import { describeLook } from '../../../../lib/cli/print/rebalance.js'
import { nextChanges } from '../../../../lib/kubernetes/carry-out/next-changes.js'
import { planRebalance, readRebalanceProblem } from '../../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../../types/kubernetes/cluster-client.js'
import { layoutNode, noon, waitingPod } from '../../../support/layout-nodes.js'

test('the picture of a plan marks what stays, goes and comes, and names the pods, the reasons and the proof', async () => {
  const gpus = [{ key: 'A100-SXM4-40GB', instances: ['3g.20gb@0', '1g.5gb@4'] }]
  const objects = {
    nodes: [
      layoutNode({ gpus, pods: { serve: '0@0' } }),
      layoutNode({
        name: 'node-2',
        pods: { a: '0@0' },
        labels: { 'nvidia.com/mig.config': 'mine' },
      }),
    ],
    pods: [waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 })],
  }
  const reading = readRebalanceProblem(objects, { now: noon })
  const plan = await planRebalance(reading.problem)
  const { problem, leftOut } = reading
  const look = { objects, leftOut, plan, starts: nextChanges(problem, plan, 1) }
  const terminal = { color: false, unicode: true, textColumns: 100 } as never
  const described = describeLook(look, terminal)
  const text = `${described.plan}${described.leftOut}`
  const [, before = '', after = ''] = text.split(/^GPU 0.*$/m)
  const signs = (part: string): string => part.replaceAll(/[^=+−]/g, '').slice(0, 2)
  expect(signs(before)).toBe('=−')
  expect(signs(after)).toBe('=+')
  expect(text).toMatch(/^node-1 {2}next$/m)
  expect(text).toMatch(/^for team-a\/train$/m)
  expect(text).toMatch(/^1 node changes: 1 of 1 pods fit, 0 wait$/m)
  expect(text).toMatch(/^proven to be the least: 1 instance destroyed, 1 node changed/m)
  expect(text).toMatch(/^node node-2: a person has chosen its configuration mine$/m)
})

test('the picture of a plan says that MIG comes on where a GPU has it off', async () => {
  const objects = {
    nodes: [layoutNode({ gpus: [{ key: 'H100-80GB-SXM' }] })],
    pods: [waitingPod('train', { 'nvidia.com/mig-3g.40gb': 1 })],
  }
  const { problem, leftOut } = readRebalanceProblem(objects, { now: noon, modeChanges: 'free' })
  const plan = await planRebalance(problem)
  const look = { objects, leftOut, plan, starts: nextChanges(problem, plan, 1) }
  const { plan: text } = describeLook(look, {
    color: false,
    unicode: true,
    textColumns: 100,
  } as never)
  expect(text).toMatch(/^GPU 0 .* MIG off +GPU 0 +after +MIG on$/m)
})

describe('what a look says without a change', () => {
  const terminal = { color: false, unicode: true, textColumns: 100 } as never
  const busy = { gpus: [{ key: 'A100-SXM4-40GB', instances: ['7g.40gb@0'] }], pods: { all: '0@0' } }
  const look = async (nodes: readonly ClusterObject[], pods: readonly ClusterObject[]) => {
    const { problem, leftOut } = readRebalanceProblem({ nodes, pods }, { now: noon })
    const plan = await planRebalance(problem)
    return describeLook({ objects: { nodes, pods }, leftOut, plan, starts: [] }, terminal)
  }

  test('is one line where no pod waits', async () => {
    const { plan, leftOut } = await look([layoutNode()], [])
    expect([plan, leftOut]).toEqual(['no pod waits for a GPU or a part of one\n', ''])
  })

  test('names the pods that wait by the reason, and says that no change would do better', async () => {
    const pods = [
      waitingPod('a', { 'nvidia.com/mig-3g.20gb': 1 }),
      waitingPod('b', { 'nvidia.com/mig-2g.10gb': 1 }),
      waitingPod('huge', { 'nvidia.com/mig-7g.80gb': 1 }),
    ]
    expect((await look([layoutNode(busy)], pods)).plan.split('\n')).toEqual([
      'no change: 0 of 3 pods fit, 3 wait',
      'proven: no change would do better',
      '',
      'waiting:',
      'pods team-a/a, team-a/b: what it wants is in use',
      'pod team-a/huge: no node could have what it wants, with any layout',
      '',
    ])
  })

  test('does not say that no pod waits where those that do are left out', async () => {
    const pods = [waitingPod('part', { 'nvidia.com/mig-1c.3g.20gb': 1 })]
    const { plan, leftOut } = await look([layoutNode()], pods)
    expect(plan).toBe('no change: each pod that waits is left out\n')
    expect(leftOut).toMatch(/pod team-a\/part: it wants nvidia\.com\/mig-1c\.3g\.20gb/)
  })

  test('says a reason once for all nodes that have it, and counts those that it does not name', async () => {
    const labels = { 'nvidia.com/mig.config': 'mine' }
    const nodes = Array.from({ length: 12 }, (_, at) => layoutNode({ name: `n${at}`, labels }))
    expect((await look(nodes, [])).leftOut.replaceAll(/\s+/g, ' ')).toBe(
      'left out: nodes n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, 2 more: a person has chosen its configuration mine ',
    )
  })
})
