import { describe, expect, test } from 'vitest'
import { calmRebalance, planRebalance, readRebalanceProblem } from '../../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../../types/kubernetes/cluster-client.js'
import type { RebalanceReading } from '../../../../types/kubernetes/rebalance-cluster.js'
import { layoutNode, noon, waitingPod } from '../../../support/layout-nodes.js'

const mig = (size: string): string => `nvidia.com/mig-${size}`
const now = noon

function reasonFor(reading: RebalanceReading, name: string): string | undefined {
  return reading.leftOut.find((each) => each.name === name)?.reason
}

function nodeReason(node: ClusterObject): {
  readonly reason: string | undefined
  readonly isFixed: boolean
} {
  const reading = readRebalanceProblem({ nodes: [node], pods: [] }, { now })
  return {
    reason: reasonFor(reading, node.metadata.name ?? ''),
    isFixed: reading.problem.nodes.some(({ fixed }) => fixed !== undefined),
  }
}

describe('reading a cluster', () => {
  test('an instance with a pod stays, and the idle one goes for a pod that waits', async () => {
    const { problem } = readRebalanceProblem(
      {
        nodes: [layoutNode({ pods: { serve: '0@0' } })],
        pods: [waitingPod('train', { [mig('3g.20gb')]: 1 })],
      },
      { now },
    )
    const { changes, admitted } = await planRebalance(problem)
    expect(admitted).toEqual([{ pod: 'team-a/train', node: 'node-1', afterChange: true }])
    expect(
      changes[0]?.gpus[0]?.destroyed.map(({ size, placement }) => [size, placement.start]),
    ).toEqual([['1g.5gb', 4]])
    expect(
      changes[0]?.gpus[0]?.created.map(({ size, placement }) => [size, placement.start]),
    ).toEqual([['3g.20gb', 4]])
  })

  test('what a pod wants is the sum of its containers, or the most that one before them wants', () => {
    const spec = {
      initContainers: [
        { name: 'check', resources: { limits: { [mig('1g.5gb')]: '4' } } },
        { name: 'proxy', restartPolicy: 'Always', resources: { limits: { [mig('1g.5gb')]: '1' } } },
      ],
      containers: [
        { name: 'a', resources: { limits: { [mig('1g.5gb')]: '1', cpu: '4' } } },
        { name: 'b', resources: { limits: { [mig('1g.5gb.me')]: '1' } } },
      ],
    }
    const { problem } = readRebalanceProblem(
      { nodes: [layoutNode()], pods: [waitingPod('many', {}, { spec })] },
      { now },
    )
    expect(problem.pods[0]?.devices).toEqual({ '1g.5gb': 4, '1g.5gb+me': 1 })
  })

  test.each<[string, Parameters<typeof waitingPod>[2]]>([
    ['has a node', { spec: { nodeName: 'node-1' } }],
    ['ends', { metadata: { deletionTimestamp: '2026-11-29T11:59:00Z' } }],
    ['has ended', { status: { phase: 'Failed' } }],
    [
      'is kept back by a gate',
      {
        status: {
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
        },
      },
    ],
    ['has not been tried', { status: { conditions: [] } }],
  ])('a pod that %s is no demand', (_, more) => {
    const pod = waitingPod('p', { [mig('3g.20gb')]: 1 }, more)
    const { problem } = readRebalanceProblem({ nodes: [layoutNode()], pods: [pod] }, { now })
    expect(problem.pods).toEqual([])
  })

  test('priority, selectors, required affinity and tolerations of a pod decide where it may go', async () => {
    const affinity = (values: readonly string[]) => ({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'pool', operator: 'In', values }] }],
        },
      },
    })
    const taints = [{ key: 'team', value: 'a', effect: 'NoSchedule' }]
    const nodes = [
      layoutNode({ name: 'plain', labels: { pool: 'x' } }),
      layoutNode({ name: 'tainted', labels: { pool: 'y' }, spec: { taints } }),
    ]
    const wants = { [mig('2g.10gb')]: 1 }
    const tolerations = [{ key: 'team', operator: 'Exists' }]
    const place = async (spec: object) => {
      const { problem } = readRebalanceProblem(
        { nodes, pods: [waitingPod('p', wants, { spec: { ...spec } })] },
        { now },
      )
      return (await planRebalance(problem)).admitted[0]?.node
    }
    const containers = waitingPod('p', wants)['spec'] as object
    expect(await place({ ...containers, affinity: affinity(['y']) })).toBeUndefined()
    expect(await place({ ...containers, affinity: affinity(['y']), tolerations })).toBe('tainted')
    expect(await place({ ...containers, nodeSelector: { pool: 'x' } })).toBe('plain')
    // Labels of the layout follow the layout.
    const byLayout = { 'nvidia.com/mig-2g.10gb.product': 'A100-MIG-2g.10gb' }
    expect(await place({ ...containers, nodeSelector: { pool: 'x', ...byLayout } })).toBe('plain')
    const { problem } = readRebalanceProblem(
      { nodes, pods: [waitingPod('p', wants, { spec: { ...containers, priority: 7 } })] },
      { now },
    )
    expect(problem.pods[0]?.priority).toBe(7)
  })

  test('a pod that wants the resource of the strategy single, a shared one, or a part is named with the reason', () => {
    const pods = [
      waitingPod(
        'single',
        { 'nvidia.com/gpu': 1 },
        {
          spec: {
            containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': 1 } } }],
            nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-40GB-MIG-1g.5gb' },
          },
        },
      ),
      waitingPod('shared', { 'nvidia.com/mig-1g.5gb.shared': 1 }),
      waitingPod('part', { 'nvidia.com/mig-1c.3g.20gb': 1 }),
    ]
    const reading = readRebalanceProblem({ nodes: [layoutNode()], pods }, { now })
    expect(reading.problem.pods).toEqual([])
    expect(reasonFor(reading, 'team-a/single')).toMatch(/MIG-1g\.5gb.*strategy single/)
    expect(reasonFor(reading, 'team-a/shared')).toMatch(/shared/)
    expect(reasonFor(reading, 'team-a/part')).toMatch(/1c\.3g\.20gb/)
  })

  test('the times that stand in the cluster are the memory of calmRebalance: a pod counts after its window', () => {
    const pods = [waitingPod('p', { [mig('3g.20gb')]: 1 })]
    const { problem, memory } = readRebalanceProblem({ nodes: [layoutNode()], pods }, { now })
    const count = (windowMs: number) => calmRebalance(problem, memory, { now, windowMs })
    expect(count(3_600_000).problem.pods).toHaveLength(1)
    expect(count(3_600_001).problem.pods).toEqual([])
    expect(count(3_600_001).leftOut).toEqual([
      {
        kind: 'pod',
        name: 'team-a/p',
        reason: 'it has been pending for less than 3600.001 s',
        passes: false,
      },
    ])
  })
})

function labelled(name: string): Partial<ClusterObject> {
  return { metadata: { name: 'old', labels: { [name]: 'true' } } }
}

describe('nodes that are left out, or keep their layout', () => {
  const agent = { run: 3, config: 'halves', state: 'success' as const }
  const labels = { 'nvidia.com/mig.config': 'halves' }

  test.each<[string, ClusterObject, RegExp]>([
    ['has an old layout', layoutNode({ readAt: noon - 1_200_001 }), /its agent has not run/],
    [
      'is being changed',
      layoutNode({ labels, record: { ...agent, step: 'apply', runSince: '2026-11-29T11:59:00Z' } }),
      /at work: apply/,
    ],
    [
      'has a layout of before its last run',
      layoutNode({ labels, run: 2, record: agent }),
      /the one before/,
    ],
    [
      'has an agent that has not begun',
      layoutNode({ labels, record: { config: 'other' } }),
      /has not begun/,
    ],
    ['is not ready', layoutNode({ ready: false }), /not ready/],
    [
      'has a damaged layout',
      layoutNode({ annotations: { 'mig-nvml/layout': '{}' } }),
      /no version/,
    ],
  ])('a node that %s is left out', (_, node, reason) => {
    const found = nodeReason(node)
    expect(found.reason).toMatch(reason)
    expect(found.isFixed).toBe(false)
  })

  test.each<[string, ClusterObject, RegExp]>([
    [
      'has a configuration that a person has chosen',
      layoutNode({ labels, record: agent, run: 3 }),
      /a person has chosen its configuration halves/,
    ],
    [
      'has the label "false"',
      layoutNode({ labels: { 'mig-nvml/rebalance': 'false' } }),
      /mig-nvml\/rebalance is "false"/,
    ],
    [
      'has an agent that has failed',
      layoutNode({
        labels: { ...labels, 'mig-nvml/rebalance': 'true' },
        run: 3,
        record: { ...agent, state: 'failed', reason: 'no such profile' },
      }),
      /no such profile/,
    ],
  ])('a node that %s offers what is idle, and keeps its layout', (_, node, reason) => {
    const found = nodeReason(node)
    expect(found.reason).toMatch(reason)
    expect(found.isFixed).toBe(true)
  })

  test('a node without a configuration, or whose label says "true", may change', () => {
    for (const node of [
      layoutNode(),
      layoutNode({ labels: { ...labels, 'mig-nvml/rebalance': 'true' }, record: agent, run: 3 }),
    ])
      expect(nodeReason(node)).toEqual({ reason: undefined, isFixed: false })
  })

  test('what passes by itself is marked: a change that ends and a layout to come, and not what a person has to mend', () => {
    const reading = readRebalanceProblem(
      {
        nodes: [
          layoutNode({ name: 'changing', labels, record: { config: 'other' } }),
          layoutNode({ name: 'to-publish', labels, run: 2, record: agent }),
          layoutNode({ name: 'silent', readAt: noon - 1_200_001 }),
          layoutNode({ name: 'person', labels, record: agent, run: 3 }),
        ],
        pods: [],
      },
      { now },
    )
    expect(reading.leftOut.map(({ name, passes }) => [name, passes])).toEqual([
      ['changing', true],
      ['to-publish', true],
      ['silent', false],
      ['person', false],
    ])
  })

  test('a node whose label names no configuration, with an empty value, may change', () => {
    const node = layoutNode({ labels: { 'nvidia.com/mig.config': '' } })
    expect(nodeReason(node)).toEqual({ reason: undefined, isFixed: false })
  })

  test.each<[string, ClusterObject]>([
    ['no agent has left a record', layoutNode({ record: null })],
    [
      'another program has damaged the record of the agent',
      layoutNode({ annotations: { 'mig-nvml/agent': '{' } }),
    ],
  ])('a node with a layout where %s may change', (_, node) => {
    expect(nodeReason(node)).toEqual({ reason: undefined, isFixed: false })
  })

  test.each<[string, Partial<ClusterObject>]>([
    ['devices for pods', { status: { allocatable: { 'nvidia.com/gpu': '8' } } }],
    [
      'MIG devices for pods',
      { status: { allocatable: { cpu: '64', 'nvidia.com/mig-1g.5gb': '7' } } },
    ],
    ['the label that a GPU is present', labelled('nvidia.com/gpu.present')],
    ['the label with a count of GPUs', labelled('nvidia.com/gpu.count')],
  ])('a node with %s and without a layout is named', (_, given) => {
    const node = { metadata: { name: 'old' }, status: {}, ...given }
    expect(nodeReason(node)).toEqual({
      reason: 'no agent publishes its layout',
      isFixed: false,
    })
  })

  test('a node without a sign of a GPU is not named', () => {
    const node = { metadata: { name: 'cpu' }, status: {} }
    expect(readRebalanceProblem({ nodes: [node], pods: [] }, { now }).leftOut).toEqual([])
  })

  test('a pod that is bound to a node and has no device there yet keeps the layout, and one idle device of its size', async () => {
    const bound = waitingPod(
      'bound',
      { [mig('3g.20gb')]: 1 },
      {
        spec: {
          nodeName: 'node-1',
          containers: [{ name: 'main', resources: { limits: { [mig('3g.20gb')]: 1 } } }],
        },
      },
    )
    const reading = readRebalanceProblem(
      { nodes: [layoutNode()], pods: [bound, waitingPod('next', { [mig('3g.20gb')]: 1 })] },
      { now },
    )
    expect(reasonFor(reading, 'node-1')).toMatch(/team-a\/bound is about to start/)
    expect((await planRebalance(reading.problem)).admitted).toEqual([])
  })

  test('a pod that is bound to a node and has no whole GPU there yet holds one without MIG, and no second one', () => {
    const limits = { 'nvidia.com/gpu': 1 }
    const { spec } = waitingPod('bound', limits)
    const bound = waitingPod('bound', limits, { spec: { nodeName: 'node-1', ...(spec as object) } })
    const gpus = [
      { key: 'A100-SXM4-40GB', instances: ['3g.20gb@0'] },
      { key: 'A100-SXM4-40GB', count: 2 },
    ]
    const { problem } = readRebalanceProblem(
      { nodes: [layoutNode({ gpus })], pods: [bound] },
      { now },
    )
    expect(problem.nodes[0]?.gpus.map(({ heldBy }) => heldBy)).toEqual([
      undefined,
      'team-a/bound',
      undefined,
    ])
  })

  test('a GPU with its published geometry is named by its model, without a copy of that geometry', () => {
    const { problem } = readRebalanceProblem({ nodes: [layoutNode()], pods: [] }, { now })
    const [gpu] = problem.nodes[0]?.gpus ?? []
    expect([gpu?.model, gpu?.geometry]).toEqual(['a100-40gb', undefined])
  })
})

describe('pods that may move', () => {
  const running = (name: string, more: object = {}): ClusterObject => ({
    metadata: {
      name,
      namespace: 'team-a',
      uid: name,
      labels: { app: name },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'r', controller: true },
      ],
      ...more,
    },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'main', resources: { limits: { [mig('3g.20gb')]: '1' } } }],
    },
    status: { phase: 'Running' },
  })
  const budget = (name: string, app: string, allowed: number): ClusterObject => ({
    metadata: { name, namespace: 'team-a' },
    spec: { selector: { matchLabels: { app } } },
    status: { disruptionsAllowed: allowed },
  })
  const nodes = [layoutNode({ pods: { a: '0@0' } })]
  const movable = (pods: readonly ClusterObject[], budgets: readonly ClusterObject[] = []) =>
    readRebalanceProblem({ nodes, pods, budgets }, { now, move: true }).problem

  test('a pod with a controller may move, under the budget that counts it', () => {
    const problem = movable([running('a')], [budget('b', 'a', 2), budget('other', 'x', 1)])
    expect(problem.movable?.map(({ id, budgets }) => [id, budgets])).toEqual([
      ['team-a/a', ['team-a/b']],
    ])
    expect(problem.budgets).toEqual({ 'team-a/b': 2, 'team-a/other': 1 })
  })

  test.each<[string, readonly ClusterObject[], readonly ClusterObject[]]>([
    ['without a controller', [running('a', { ownerReferences: [] })], []],
    [
      'that forbids its eviction',
      [running('a', { annotations: { 'mig-nvml/evict': 'false' } })],
      [],
    ],
    ['that two budgets count', [running('a')], [budget('b', 'a', 1), budget('c', 'a', 1)]],
  ])('a pod %s does not', (_, pods, budgets) => {
    expect(movable(pods, budgets).movable).toEqual([])
  })

  test('without the option no pod may move', () => {
    const { problem } = readRebalanceProblem({ nodes, pods: [running('a')] }, { now })
    expect(problem.movable).toBeUndefined()
  })
})

describe('wrong arguments', () => {
  test('are a TypeError that names the field', () => {
    expect(() => readRebalanceProblem({ nodes: [] } as never)).toThrow(/pods/)
    expect(() => readRebalanceProblem({ nodes: [], pods: [] }, { waited: 1 } as never)).toThrow(
      /waited/,
    )
  })
})
