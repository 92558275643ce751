import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../../lib/config/document/parse.js'
import { noRecord } from '../../../../lib/kubernetes/agent/record.js'
import { beginChange } from '../../../../lib/kubernetes/carry-out/begin-change.js'
import { changeProgress } from '../../../../lib/kubernetes/carry-out/change-progress.js'
import { endChange } from '../../../../lib/kubernetes/carry-out/end-change.js'
import { type ChangeStart, nextChanges } from '../../../../lib/kubernetes/carry-out/next-changes.js'
import { planRebalance, readRebalanceProblem, resourceSlices } from '../../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../../types/kubernetes/cluster-client.js'
import type {
  RebalanceObjects,
  RebalanceRecord,
} from '../../../../types/kubernetes/rebalance-cluster.js'
import { patched } from '../../../support/json-patch.js'
import { layoutNode, noon, waitingPod } from '../../../support/layout-nodes.js'
import { stateOf } from '../../../support/state.js'

const limits = { now: noon, agentMs: 900_000, podsMs: 120_000 }
const context = { now: noon, restMs: 0, successors: [] }
const allWait = { isWaiting: () => true, runningOf: () => 0 }
const noneWaits = { isWaiting: () => false, runningOf: () => 0 }
const config = 'rebalance-2026-11-29t12-00-00-000z'
const before = 'before-2026-11-29t12-00-00-000z'

/** A GPU with a pod on one half. */
const busyNode = (): ClusterObject => layoutNode({ pods: { serve: '0@0' } })

/** How a plan begins that makes room for one pod. */
async function startOf(
  node: ClusterObject,
  served: Pick<RebalanceObjects, 'classes' | 'slices'> = {},
): Promise<ChangeStart> {
  const pods = [waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 })]
  const { problem } = readRebalanceProblem({ nodes: [node], pods, ...served }, { now: noon })
  const [start] = nextChanges(problem, await planRebalance(problem), 1)
  if (start === undefined) throw new Error('the plan changes nothing')
  return start
}

/** The node after its patch. */
async function begun(
  node: ClusterObject,
  served: Pick<RebalanceObjects, 'classes' | 'slices'> = {},
): Promise<ClusterObject> {
  const after = patched(node, beginChange(node, await startOf(node, served), context))
  if (after === undefined) throw new Error('the patch does not fit')
  return after
}

function recordOf({ metadata }: ClusterObject): RebalanceRecord {
  return JSON.parse(metadata.annotations?.['mig-nvml/rebalance-record'] ?? 'null')
}

/** What the agent of the node leaves when its run is over. */
function afterAgent(node: ClusterObject, state: 'success' | 'failed', run = 0): ClusterObject {
  const wanted = node.metadata.labels?.['nvidia.com/mig.config'] ?? ''
  const agent = {
    ...noRecord,
    run,
    config: wanted,
    state,
    reason: state === 'failed' ? 'a pod came' : null,
    stepSince: new Date(noon).toISOString(),
  }
  return {
    ...node,
    metadata: {
      ...node.metadata,
      labels: { ...node.metadata.labels, 'nvidia.com/mig.config.state': state },
      annotations: { ...node.metadata.annotations, 'mig-nvml/agent': JSON.stringify(agent) },
    },
  }
}

function follow(node: ClusterObject, isWaiting: boolean, now = noon): ClusterObject {
  const progress = changeProgress(node, isWaiting ? allWait : noneWaits, { ...limits, now })
  const after = patched(node, endChange(node, progress, now))
  if (after === undefined) throw new Error('the patch does not fit')
  return after
}

/** The node after a change that its agent could not make, with the label in between. */
function returned(node: ClusterObject) {
  const returning = follow(afterAgent(node, 'failed'), true)
  const configLabel = returning.metadata.labels?.['nvidia.com/mig.config']
  return { configLabel, back: follow(afterAgent(returning, 'success'), true) }
}

/** The node with the layout that another one publishes. */
function withLayoutOf(node: ClusterObject, other: ClusterObject): ClusterObject {
  const layout = other.metadata.annotations?.['mig-nvml/layout'] ?? ''
  const annotations = { ...node.metadata.annotations, 'mig-nvml/layout': layout }
  return { ...node, metadata: { ...node.metadata, annotations } }
}

describe('the patch that begins a change', () => {
  test('names a configuration that stands on the node, with the layout of the plan and the one of before, by UUIDs', async () => {
    const node = await begun(layoutNode({ pods: { serve: '0@0' } }))
    expect(node.metadata.labels?.['nvidia.com/mig.config']).toBe(config)
    const { document } = parseConfig(node.metadata.annotations?.['mig-nvml/configs'] ?? '')
    expect(document).toEqual({
      version: 'mig-nvml/v1',
      'mig-configs': {
        [config]: [
          {
            devices: ['GPU-00000000-0000-0000-0000-000000000000'],
            'mig-enabled': true,
            placements: [
              { profile: '3g.20gb', start: 0 },
              { profile: '3g.20gb', start: 4 },
            ],
          },
        ],
        [before]: [
          {
            devices: ['GPU-00000000-0000-0000-0000-000000000000'],
            'mig-enabled': true,
            placements: [
              { profile: '3g.20gb', start: 0 },
              { profile: '1g.5gb', start: 4 },
            ],
          },
        ],
      },
    })
    expect(recordOf(node)).toMatchObject({ config, before, state: 'going', pods: ['team-a/train'] })
  })

  test('keeps compute instances and bare GPU instances of GPUs as they are', async () => {
    const gpus = [
      { key: 'A100-SXM4-40GB', instances: ['3g.20gb@0:1c,2c', '2g.10gb@4:', '1g.5gb@6'] },
      { key: 'A100-SXM4-40GB', instances: [] },
    ]
    // A device plugin with the strategy mixed refuses such a node, and a DRA driver does not.
    const classes = [
      { metadata: {}, spec: { extendedResourceName: 'nvidia.com/mig-3g.20gb', selectors: [] } },
    ]
    const slices = resourceSlices(stateOf(gpus), { node: 'node-1', partitions: 'existing' })
    const served = { classes, slices: slices as readonly object[] as readonly ClusterObject[] }
    const node = await begun(layoutNode({ gpus, pods: { serve: '0@6' } }), served)
    const text = node.metadata.annotations?.['mig-nvml/configs'] ?? ''
    const entries = parseConfig(text).document['mig-configs']?.[config] ?? []
    expect(entries[0]).toMatchObject({
      placements: [
        {
          profile: '3g.20gb',
          start: 0,
          'compute-instances': [{ profile: '1c.3g.20gb' }, { profile: '2c.3g.20gb' }],
        },
        { profile: '2g.10gb', start: 4, 'compute-instances': [] },
        { profile: '1g.5gb', start: 6 },
      ],
    })
  })

  test('comes back to the name that a person has chosen, on a node that was handed over', async () => {
    const labels = { 'nvidia.com/mig.config': 'halves', 'mig-nvml/rebalance': 'true' }
    const node = await begun(layoutNode({ labels, pods: { serve: '0@0' } }))
    const { configLabel, back } = returned(node)
    // First by what stands on the node, which evicts nobody, and then by the name.
    expect(configLabel).toBe(before)
    expect(recordOf(back)).toMatchObject({ state: 'back', pods: ['team-a/train'] })
    expect(back.metadata.labels?.['nvidia.com/mig.config']).toBe('halves')
  })

  test('does not fit a node that has changed since it was read', async () => {
    const node = busyNode()
    const other = { ...node, metadata: { ...node.metadata, resourceVersion: '2' } }
    const operations = beginChange(node, await startOf(node), context)
    expect(patched(other, operations)).toBeUndefined()
    expect(patched(node, operations)).toBeDefined()
  })

  test('names the pods that may be evicted, and no other may be', async () => {
    const node = busyNode()
    const start = await startOf(node)
    const evicts = ['team-a/one', 'team-b/two']
    const evicted = ({ metadata }: ClusterObject) => metadata.annotations?.['mig-nvml/evict']
    const moving = patched(node, beginChange(node, { ...start, evicts }, context)) ?? node
    expect(evicted(moving)).toBe('team-a/one,team-b/two')
    expect(evicted(follow(afterAgent(moving, 'success'), false))).toBeUndefined()
    const still = patched(moving, beginChange(moving, start, context)) ?? moving
    expect(evicted(still)).toBeUndefined()
  })
})

describe('what follows from the progress of a change', () => {
  test('an agent at work is waited for, and given up after its time', async () => {
    const node = await begun(busyNode())
    expect(changeProgress(node, allWait, limits)).toMatchObject({ step: 'wait' })
    const late = { ...limits, now: noon + 900_000 }
    expect(changeProgress(node, allWait, late)).toMatchObject({
      step: 'return',
      reason: expect.stringMatching(/900 s: its agent has not begun/),
    })
  })

  test('a change whose pods have a node is kept', async () => {
    const node = follow(afterAgent(await begun(busyNode()), 'success'), false)
    expect(recordOf(node).state).toBe('kept')
    expect(changeProgress(node, allWait, limits)).toEqual({ step: 'none' })
  })

  test('a change whose pods do not come is taken back, and these pods count again only after a while', async () => {
    const done = afterAgent(await begun(busyNode()), 'success')
    expect(changeProgress(done, allWait, { ...limits, now: noon + 119_999 }).step).toBe('wait')
    const later = noon + 120_000
    const returning = follow(done, true, later)
    expect(recordOf(returning)).toMatchObject({
      state: 'returning',
      config: before,
      pods: ['team-a/train'],
    })
    const back = follow(afterAgent(returning, 'success'), true, later)
    expect(recordOf(back)).toMatchObject({
      state: 'back',
      reason: expect.stringMatching(/no pod came/),
    })
    const pods = [waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 })]
    const count = (now: number) =>
      readRebalanceProblem({ nodes: [back], pods }, { now, retryMs: 600_000 }).problem.pods.length
    expect(count(later + 599_000)).toBe(0)
    expect(count(later + 600_001)).toBe(1)
  })

  /** The node when its change is done, and these pods are where the promised one should be. */
  const takenBy = async (pods: readonly string[], run = 0): Promise<ClusterObject> => {
    const node = await begun(
      layoutNode({ gpus: [{ key: 'A100-SXM4-40GB', instances: ['1g.5gb@0'] }] }),
    )
    const start = recordOf(node).created[0]?.start
    const taken = layoutNode({
      gpus: [{ key: 'A100-SXM4-40GB', instances: [`3g.20gb@${start}`] }],
      pods: Object.fromEntries(pods.map((pod) => [pod, `0@${start}`])),
    })
    return afterAgent(withLayoutOf(node, taken), 'success', run)
  }

  const other = { step: 'keep', reason: 'other pods came before team-a/train' }

  test('a change whose device another pod has taken is kept at once: the promised pod cannot come any more', async () => {
    expect(changeProgress(await takenBy(['quick']), allWait, limits)).toEqual(other)
  })

  test('a device that no pod has taken is kept for the promised one', async () => {
    expect(changeProgress(await takenBy([]), allWait, limits).step).toBe('wait')
  })

  test('a layout that is older than the end of the change does not say which pod has the device', async () => {
    const progress = changeProgress(await takenBy(['quick'], 1), allWait, limits)
    expect(progress.step).toBe('wait')
  })

  test('a device goes back only once the layout of after the change shows that no pod has it', async () => {
    const late = { ...limits, now: noon + 120_000 }
    const unpublished = await takenBy([], 1)
    expect(changeProgress(unpublished, allWait, late)).toEqual({
      step: 'wait',
      reason: 'its agent has yet to publish the layout',
    })
    const published = withLayoutOf(unpublished, layoutNode({ run: 1 }))
    expect(changeProgress(published, allWait, late).step).toBe('return')
  })

  test('a device that another pod has taken in place of the promised one is not taken back', async () => {
    const late = { ...limits, now: noon + 120_000 }
    expect(changeProgress(await takenBy(['quick']), allWait, late)).toEqual(other)
  })

  test('a pod that comes to a device while it is about to go back keeps it, and the change stays', async () => {
    const later = noon + 120_000
    const returning = follow(afterAgent(await begun(busyNode()), 'success'), true, later)
    const taken = layoutNode({
      gpus: [{ key: 'A100-SXM4-40GB', instances: ['3g.20gb@0', '3g.20gb@4'] }],
      pods: { serve: '0@0', quick: '0@4' },
    })
    const staying = follow(afterAgent(withLayoutOf(returning, taken), 'failed'), true, later)
    expect(staying.metadata.labels?.['nvidia.com/mig.config']).toBe(config)
    const kept = follow(afterAgent(staying, 'success'), true, later)
    expect(recordOf(kept)).toMatchObject({ state: 'kept', config })
  })

  test('a node that comes neither back nor to its change is left to a person, after one attempt of each', async () => {
    const returning = follow(afterAgent(await begun(busyNode()), 'success'), true, noon + 120_000)
    const taken = layoutNode({
      gpus: [{ key: 'A100-SXM4-40GB', instances: ['3g.20gb@0', '3g.20gb@4'] }],
      pods: { serve: '0@0', quick: '0@4' },
    })
    const staying = follow(afterAgent(withLayoutOf(returning, taken), 'failed'), true)
    const again = follow(afterAgent(staying, 'failed'), true)
    expect(recordOf(again).state).toBe('returning')
    expect(recordOf(follow(afterAgent(again, 'failed'), true)).state).toBe('back')
  })

  test('a return whose agent does not end within its time holds up nobody, and the node is left to its agent', async () => {
    const returning = follow(afterAgent(await begun(busyNode()), 'failed'), true)
    const look = (now: number) => changeProgress(returning, allWait, { ...limits, now })
    expect(look(noon + 899_999).step).toBe('wait')
    expect(look(noon + 900_000)).toEqual({ step: 'settle', isBack: false })
    expect(follow(returning, true, noon + 900_000).metadata.labels?.['nvidia.com/mig.config']).toBe(
      before,
    )
  })

  test('a change is over when the successors of the pods that moved run, or after their time', async () => {
    const node = busyNode()
    const successors = [{ namespace: 'team-a', controller: 'uid-1', running: 2 }]
    const moving = patched(node, beginChange(node, await startOf(node), { ...context, successors }))
    const done = afterAgent(moving ?? node, 'success')
    const look = (running: number, now = noon) =>
      changeProgress(done, { ...noneWaits, runningOf: () => running }, { ...limits, now })
    expect(look(1)).toMatchObject({ step: 'wait', reason: expect.stringMatching(/successor/) })
    expect(look(2)).toEqual({ step: 'keep', reason: null })
    expect(look(1, noon + 120_000)).toMatchObject({
      step: 'keep',
      reason: expect.stringMatching(/no successor that runs within 120 s/),
    })
  })

  /** The node after its agent has failed, with these pods on it. */
  async function failedWith(pods: Readonly<Record<string, string>>): Promise<ClusterObject> {
    const instances = ['3g.20gb@0', '2g.10gb@4']
    const gpus = [{ key: 'A100-SXM4-40GB', instances }]
    const node = await begun(layoutNode({ gpus, pods: { serve: '0@0' } }))
    const { metadata } = layoutNode({ gpus, pods })
    const layout = metadata.annotations?.['mig-nvml/layout'] ?? ''
    const annotations = { ...node.metadata.annotations, 'mig-nvml/layout': layout }
    return afterAgent({ ...node, metadata: { ...node.metadata, annotations } }, 'failed')
  }
  const isPlannedAfter = (node: ClusterObject): boolean => {
    const pods = [waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 })]
    const { problem } = readRebalanceProblem({ nodes: [node], pods }, { now: noon + 1000 })
    return problem.pods.length === 1
  }

  test('a change that fails because a pod came to what was to go holds nothing against the pods that it was for: they count at once', async () => {
    const returning = follow(await failedWith({ serve: '0@0', quick: '0@4' }), true)
    expect(recordOf(returning).state).toBe('returning')
    expect(isPlannedAfter(follow(afterAgent(returning, 'success'), true))).toBe(true)
  })

  test('a change that fails though no pod came is not tried again at once', async () => {
    const returning = follow(await failedWith({ serve: '0@0' }), true)
    expect(isPlannedAfter(follow(afterAgent(returning, 'success'), true))).toBe(false)
  })

  test('an agent that fails brings the configuration before back, with its reason', async () => {
    const node = follow(afterAgent(await begun(busyNode()), 'failed'), true)
    expect(node.metadata.labels?.['nvidia.com/mig.config']).toBe(before)
    expect(recordOf(node)).toMatchObject({
      state: 'returning',
      reason: 'its agent failed: a pod came',
    })
  })

  test('a label that a person writes in the middle is theirs, and the record goes', async () => {
    const node = await begun(busyNode())
    const labels = { ...node.metadata.labels, 'nvidia.com/mig.config': 'mine' }
    const after = follow({ ...node, metadata: { ...node.metadata, labels } }, true)
    expect(after.metadata.labels?.['nvidia.com/mig.config']).toBe('mine')
    expect(after.metadata.annotations?.['mig-nvml/rebalance-record']).toBeUndefined()
  })

  test.each([
    '{',
    '{"version":"mig-nvml/rebalance/v9"}',
    '[]',
    '{"version":"mig-nvml/rebalance/v1","config":7}',
  ])('a record that makes no sense, %s, makes the label a person’s choice', (text) => {
    const labels = { 'nvidia.com/mig.config': config }
    const node = layoutNode({ labels, annotations: { 'mig-nvml/rebalance-record': text } })
    const { problem } = readRebalanceProblem({ nodes: [node], pods: [] }, { now: noon })
    expect(problem.nodes[0]?.fixed).toMatch(/a person has chosen/)
  })
})
