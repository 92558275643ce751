import { describe, expect, test } from 'vitest'
import {
  claimTemplate,
  deviceClasses,
  planRebalance,
  readRebalanceProblem,
  resourceClaim,
  resourceSlices,
} from '../../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../../types/kubernetes/cluster-client.js'
import type { ResourceClaim } from '../../../../types/kubernetes/dra/objects.js'
import { layoutNode, noon, waitingPod } from '../../../support/layout-nodes.js'
import { stateOf } from '../../../support/state.js'

const gpus = [{ key: 'A100-SXM4-40GB', instances: ['3g.20gb@0', '1g.5gb@4'] }]
const node = layoutNode({
  gpus,
  pods: { serve: '0@0' },
  labels: { 'nvidia.com/mig.strategy': 'none' },
})
const objects = (list: readonly object[]): readonly ClusterObject[] =>
  list as readonly ClusterObject[]
const classes = objects(deviceClasses(['3g.20gb']))
const slices = objects(resourceSlices(stateOf(gpus), { node: 'node-1', partitions: 'existing' }))

/** A pod with the claim that a controller has made for it. */
function claiming(claim: ResourceClaim, pod = 'train') {
  const spec = {
    containers: [{ name: 'main' }],
    resourceClaims: [{ name: 'gpu', resourceClaimName: claim.metadata.name }],
  }
  const pods = [waitingPod(pod, {}, { spec })]
  const claims = objects([{ ...claim, metadata: { ...claim.metadata, namespace: 'team-a' } }])
  return readRebalanceProblem({ nodes: [node], pods, claims, classes, slices }, { now: noon })
}

describe('pods with ResourceClaims', () => {
  test('a claim on one size is a demand, and a plan makes room for it where a DRA driver serves claims', async () => {
    const { problem } = claiming(resourceClaim({ large: { profile: '3g.20gb' } }, { name: 'c' }))
    expect(problem.pods[0]?.devices).toEqual({ '3g.20gb': 1 })
    const { admitted } = await planRebalance(problem)
    expect(admitted).toEqual([{ pod: 'team-a/train', node: 'node-1', afterChange: true }])
  })

  test('a claim that a template made, with several requests, is one demand', () => {
    const { spec } = claimTemplate({ a: { profile: '1g.5gb', count: 2 }, b: {} }, { name: 't' })
    const claim: ResourceClaim = {
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceClaim',
      metadata: { name: 'train-gpu-x' },
      ...spec,
    }
    const pods = [
      waitingPod(
        'train',
        {},
        {
          spec: {
            containers: [{ name: 'main' }],
            resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 't' }],
          },
          status: {
            phase: 'Pending',
            conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }],
            resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: 'train-gpu-x' }],
          },
        },
      ),
    ]
    const claims = objects([{ ...claim, metadata: { ...claim.metadata, namespace: 'team-a' } }])
    const { problem } = readRebalanceProblem(
      { nodes: [node], pods, claims, classes, slices },
      { now: noon },
    )
    expect(problem.pods[0]?.devices).toEqual({ '1g.5gb': 2, gpu: 1 })
  })

  test('a pod with a claim goes to no node without a DRA driver, and one that wants a resource to none without a class for it', async () => {
    const plugin = layoutNode({ name: 'plugin', gpus, pods: { other: '0@0' } })
    const claim = resourceClaim({ large: { profile: '3g.20gb' } }, { name: 'c' })
    const spec = {
      containers: [{ name: 'main' }],
      resourceClaims: [{ name: 'gpu', resourceClaimName: 'c' }],
    }
    const pods = [
      waitingPod('by-claim', {}, { spec }),
      waitingPod('by-resource', { 'nvidia.com/mig-3g.20gb': 1 }),
    ]
    const claims = objects([{ ...claim, metadata: { name: 'c', namespace: 'team-a' } }])
    const bare = objects(deviceClasses(['3g.20gb'], { extendedResourceNames: false }))
    const { problem } = readRebalanceProblem(
      { nodes: [node, plugin], pods, claims, classes: bare, slices },
      { now: noon },
    )
    const { admitted } = await planRebalance(problem)
    expect(admitted.map(({ pod, node: at }) => [pod, at])).toEqual([
      ['team-a/by-claim', 'node-1'],
      ['team-a/by-resource', 'plugin'],
    ])
  })

  test.each<[string, ResourceClaim, RegExp]>([
    [
      'takes any size',
      {
        ...resourceClaim({ any: {} }, { name: 'c' }),
        spec: {
          devices: { requests: [{ name: 'any', exactly: { deviceClassName: 'mig.nvidia.com' } }] },
        },
      },
      /takes any of/,
    ],
    [
      'names a class that is not there',
      {
        ...resourceClaim({ any: {} }, { name: 'c' }),
        spec: { devices: { requests: [{ name: 'any', exactly: { deviceClassName: 'none' } }] } },
      },
      /class none, which is not there/,
    ],
    [
      'wants all devices',
      {
        ...resourceClaim({ any: {} }, { name: 'c' }),
        spec: {
          devices: {
            requests: [
              {
                name: 'any',
                exactly: { deviceClassName: 'gpu.nvidia.com', allocationMode: 'All' },
              },
            ],
          },
        },
      },
      /all devices/,
    ],
    [
      'binds devices together',
      resourceClaim(
        { a: { profile: '1g.5gb' }, b: { profile: '1g.5gb' } },
        { name: 'c', sameGpu: true },
      ),
      /bind several devices/,
    ],
    [
      'has a condition that is not read',
      {
        ...resourceClaim({ any: {} }, { name: 'c' }),
        spec: {
          devices: {
            requests: [
              {
                name: 'any',
                exactly: {
                  deviceClassName: 'gpu.nvidia.com',
                  selectors: [{ cel: { expression: 'true || false' } }],
                },
              },
            ],
          },
        },
      },
      /cannot be read/,
    ],
  ])('a claim that %s is left out with the reason', (_, claim, reason) => {
    const { problem, leftOut } = claiming(claim)
    expect(problem.pods).toEqual([])
    expect(leftOut.find(({ name }) => name === 'team-a/train')?.reason).toMatch(reason)
  })

  test('a claim that has its devices already is no demand', () => {
    const claim = resourceClaim({ large: { profile: '3g.20gb' } }, { name: 'c' })
    const allocation = {
      devices: {
        results: [{ request: 'large', driver: 'gpu.nvidia.com', pool: 'node-1', device: 'x' }],
      },
    }
    expect(claiming({ ...claim, status: { allocation } })).toMatchObject({ problem: { pods: [] } })
  })

  test('a claim that is not there yet is left out with the reason', () => {
    const spec = {
      containers: [{ name: 'main' }],
      resourceClaims: [{ name: 'gpu', resourceClaimName: 'c' }],
    }
    const reading = readRebalanceProblem(
      { nodes: [node], pods: [waitingPod('train', {}, { spec })], classes, slices },
      { now: noon },
    )
    expect(reading.leftOut.find(({ kind }) => kind === 'pod')?.reason).toMatch(
      /claim c is not there/,
    )
  })

  test('a node whose DRA driver divides GPUs for claims is left out', () => {
    const all = objects(resourceSlices(stateOf(gpus), { node: 'node-1', partitions: 'all' }))
    const { leftOut } = readRebalanceProblem(
      { nodes: [node], pods: [], slices: all },
      { now: noon },
    )
    expect(leftOut[0]?.reason).toMatch(/its DRA driver divides GPUs itself/)
  })
})

describe('GPUs whose MIG mode may change', () => {
  const changes = (key: string, modeChanges: 'none' | 'free' | 'all') =>
    readRebalanceProblem(
      { nodes: [layoutNode({ gpus: [{ key, instances: [] }] })], pods: [] },
      { now: noon, modeChanges },
    ).problem.nodes[0]?.gpus[0]?.modeChange

  test('with free, a Hopper may and an Ampere may not; with all, an Ampere takes a reset; with none, neither may', () => {
    // The reset is that of the MIG User Guide: "Ampere" needs one, "starting with the Hopper generation" does not.
    expect(changes('H100-80GB-SXM', 'free')).toBe('free')
    expect(changes('A100-SXM4-40GB', 'free')).toBe('no')
    expect(changes('A100-SXM4-40GB', 'all')).toBe('reset')
    expect(changes('H100-80GB-SXM', 'none')).toBe('no')
  })

  test('a pod that waits for a whole GPU gets an idle one by a change of its mode', async () => {
    const nodes = [layoutNode({ gpus: [{ key: 'H100-80GB-SXM', instances: ['1g.10gb@0'] }] })]
    const pods = [waitingPod('whole', { 'nvidia.com/gpu': 1 })]
    const { problem } = readRebalanceProblem({ nodes, pods }, { now: noon, modeChanges: 'free' })
    const { changes: planned, admitted } = await planRebalance(problem)
    expect(admitted).toHaveLength(1)
    expect(planned[0]?.gpus[0]).toMatchObject({ mode: 'off', layout: [] })
  })
})
