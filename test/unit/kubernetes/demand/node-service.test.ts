import { describe, expect, test } from 'vitest'
import { planRebalance, readRebalanceProblem } from '../../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../../types/kubernetes/cluster-client.js'
import { layoutNode, noon, waitingPod } from '../../../support/layout-nodes.js'

const key = 'A100-SXM4-40GB'
const small = { key, instances: ['1g.5gb@0', '1g.5gb@1'] }
const whole = { key, migEnabled: false, instances: [] }
const single = { 'nvidia.com/mig.strategy': 'single' }
const unlabelled = { 'nvidia.com/mig.strategy': '' }
const wantsGpu = { 'nvidia.com/gpu': 1 }

/** A node with what the kubelet lists. */
function listing(node: ClusterObject, allocatable: Readonly<Record<string, string>>) {
  return { ...node, status: { ...Object(node['status']), allocatable } }
}

function read(node: ClusterObject, pods: readonly ClusterObject[] = []) {
  const { problem, leftOut } = readRebalanceProblem({ nodes: [node], pods }, { now: noon })
  const of = (kind: string) => leftOut.find((each) => each.kind === kind)?.reason
  return { problem, node: of('node'), pod: of('pod') }
}

describe('a node with the strategy single', () => {
  test('is left alone where its GPUs have MIG devices of one size, and the reason names the size', () => {
    const { problem, node } = read(layoutNode({ gpus: [small, small], labels: single }))
    expect(problem.nodes).toEqual([])
    expect(node).toMatch(/each nvidia\.com\/gpu is a 1g\.5gb there/)
  })

  test('is left alone though the kubelet still lists sizes of the strategy before', () => {
    const before = { 'nvidia.com/mig-1g.5gb': '0', 'nvidia.com/gpu': '2' }
    const { problem } = read(listing(layoutNode({ gpus: [small], labels: single }), before))
    expect(problem.nodes).toEqual([])
  })

  test('is left out with the reason of the device plugin where its GPUs differ', () => {
    for (const gpus of [
      [small, whole],
      [{ key, instances: ['1g.5gb@0', '3g.20gb@4'] }],
      [small, { key, instances: [] }],
    ])
      expect(read(layoutNode({ gpus, labels: single })).node).toMatch(
        /with the strategy single, the device plugin refuses it: GPU/,
      )
  })

  test('offers its whole GPUs where MIG is off, and keeps it off', async () => {
    const pods = [waitingPod('train', wantsGpu), waitingPod('tune', { 'nvidia.com/mig-1g.5gb': 1 })]
    const { problem } = readRebalanceProblem(
      { nodes: [layoutNode({ gpus: [whole], labels: single })], pods },
      { now: noon, modeChanges: 'all' },
    )
    const { changes, admitted } = await planRebalance(problem)
    expect(changes).toEqual([])
    expect(admitted.map(({ pod, afterChange }) => [pod, afterChange])).toEqual([
      ['team-a/train', false],
    ])
  })
})

describe('a pod that wants nvidia.com/gpu', () => {
  const hopper = layoutNode({ gpus: [{ key: 'H100-80GB-SXM', instances: [] }] })
  const other = (labels: Readonly<Record<string, string>> = {}) =>
    layoutNode({ name: 'node-2', gpus: [small], labels: { ...single, ...labels } })
  const plan = async (nodes: readonly ClusterObject[], spec: object = {}) => {
    const pods = [waitingPod('train', wantsGpu, { spec: { ...containersOf(wantsGpu), ...spec } })]
    const reading = readRebalanceProblem({ nodes, pods }, { now: noon, modeChanges: 'free' })
    const { changes } = await planRebalance(reading.problem)
    const reason = reading.leftOut.find(({ kind }) => kind === 'pod')?.reason
    return { changes: changes.length, reason }
  }
  const containersOf = (limits: object) => ({
    containers: [{ name: 'main', resources: { limits } }],
  })

  test('gets a whole GPU made for it where nvidia.com/gpu means nothing else', async () => {
    expect(await plan([hopper])).toEqual({ changes: 1, reason: undefined })
  })

  test('gets none made where a small device of another node may serve it as well', async () => {
    const { changes, reason } = await plan([hopper, other()])
    expect(changes).toBe(0)
    expect(reason).toMatch(/a whole GPU, or a 1g\.5gb of node-2.*nvidia\.com\/gpu\.product/)
  })

  test('gets one made where its selector keeps it from that node', async () => {
    const labels = { 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-40GB-MIG-1g.5gb' }
    const product = { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' }
    const { metadata, ...rest } = hopper
    const labelled = {
      ...rest,
      metadata: { ...metadata, labels: { ...metadata.labels, ...product } },
    }
    expect(await plan([labelled, other(labels)], { nodeSelector: product })).toEqual({
      changes: 1,
      reason: undefined,
    })
  })
})

describe('a node without the label of the strategy', () => {
  test('has the strategy mixed where the kubelet lists sizes, even with none left', () => {
    const node = listing(layoutNode({ gpus: [small], labels: unlabelled }), {
      'nvidia.com/mig-3g.20gb': '0',
    })
    expect(read(node).problem.nodes[0]?.fixed).toBeUndefined()
  })

  test('has another one where it offers more as nvidia.com/gpu than it has whole GPUs', () => {
    const node = listing(layoutNode({ gpus: [small], labels: unlabelled }), {
      'nvidia.com/mig-1g.5gb': '0',
      'nvidia.com/gpu': '2',
    })
    expect(read(node).node).toMatch(/it has no label nvidia\.com\/mig\.strategy/)
  })
})

test('a node with the strategy none and MIG on offers nothing that a pod could use, and is left out', () => {
  const none = { 'nvidia.com/mig.strategy': 'none' }
  expect(read(layoutNode({ gpus: [small], labels: none })).node).toMatch(
    /offers no MIG device by its size: its label nvidia\.com\/mig\.strategy is none/,
  )
})

test('a node with the strategy mixed and a part of an instance is left out, because the device plugin refuses all of it', () => {
  const gpus = [{ key, instances: ['3g.20gb@0:1c,2c'] }]
  expect(read(layoutNode({ gpus })).node).toMatch(
    /the device plugin refuses it: GPU 0.*1c\.3g\.20gb/,
  )
})
