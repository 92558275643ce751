import { describe, expect, test } from 'vitest'
import { describeMissing } from '../../../../lib/kubernetes/agent/advertised.js'
import { describeInTheWay } from '../../../../lib/kubernetes/agent/describe-pods.js'
import { findOtherOwner } from '../../../../lib/kubernetes/agent/other-owner.js'
import type { PodInTheWay } from '../../../../types/kubernetes/agent-pods.js'
import type { ClusterObject } from '../../../../types/kubernetes/cluster-client.js'

const pod = (
  container: object,
  labels: Readonly<Record<string, string>> = {},
  phase = 'Running',
): ClusterObject => ({
  metadata: { namespace: 'gpu-operator', name: 'p', labels },
  spec: { containers: [{ name: 'other' }, { name: 'main', ...container }] },
  status: { phase },
})
const manager = "NVIDIA's mig-manager"
const driver = "NVIDIA's DRA driver with DynamicMIG"

describe('another program that changes layouts', () => {
  test.each([
    ['by its label', pod({}, { app: 'nvidia-mig-manager' }), manager],
    ['by its component', pod({}, { 'app.kubernetes.io/component': 'nvidia-mig-manager' }), manager],
    ['by its command', pod({ command: ['nvidia-mig-manager'] }), manager],
    [
      'by its argument',
      pod({ command: ['sh', '-c'], args: ['/usr/bin/nvidia-mig-manager'] }),
      manager,
    ],
    ['by a flag', pod({ args: ['--feature-gates=A=false,DynamicMIG=true'] }), driver],
    ['by a variable', pod({ env: [{ name: 'FEATURE_GATES', value: 'DynamicMIG=true' }] }), driver],
  ])('is found %s, and named with its pod', (_, found, owner) => {
    expect(findOtherOwner([pod({}), found])).toBe(
      `pod gpu-operator/p runs ${owner}, which changes the layout of this node as well`,
    )
  })

  test.each([
    ['an operand of the GPU Operator', pod({}, { app: 'nvidia-device-plugin-daemonset' })],
    ['a program with a longer name', pod({ command: ['nvidia-mig-manager-validator'] })],
    ['a program whose name only ends so', pod({ command: ['my-nvidia-mig-manager'] })],
    ['a DRA driver without the feature', pod({ args: ['--feature-gates=DynamicMIG=false'] })],
    ['a variable without a value', pod({ env: [{ name: 'DynamicMIG' }] })],
    ['a pod that has ended', pod({}, { app: 'nvidia-mig-manager' }, 'Succeeded')],
    ['a pod that has failed', pod({}, { app: 'nvidia-mig-manager' }, 'Failed')],
    ['a pod without containers', { metadata: { name: 'p' } }],
  ])('is not %s', (_, other) => {
    expect(findOtherOwner([other])).toBeNull()
  })
})

describe('what a node still has to advertise', () => {
  const node = (allocatable?: object): ClusterObject => ({
    metadata: { name: 'n' },
    ...(allocatable === undefined ? {} : { status: { allocatable } }),
  })

  test('is each resource that has another count, in the order of their names, also one that must go', () => {
    const now = { 'nvidia.com/mig-3g.20gb': '1', 'nvidia.com/gpu': 2, cpu: '64' }
    expect(
      describeMissing(node(now), { 'nvidia.com/mig-3g.20gb': 2, 'nvidia.com/mig-1g.5gb': 1 }),
    ).toBe(
      'the node advertises nvidia.com/gpu: 2 in place of 0, nvidia.com/mig-1g.5gb: 0 in place of 1, nvidia.com/mig-3g.20gb: 1 in place of 2',
    )
  })

  test('is nothing where all counts are right, and a resource that is gone counts 0', () => {
    const now = {
      'nvidia.com/mig-3g.20gb': '2',
      'nvidia.com/gpu': '0',
      'nvidia.com/gpu.shared': '4',
    }
    expect(describeMissing(node(now), { 'nvidia.com/mig-3g.20gb': 2 })).toBeNull()
    expect(describeMissing(node(), {})).toBeNull()
  })
})

describe('what is in the way, in words', () => {
  const held = (name: string, more: Partial<PodInTheWay> = {}): PodInTheWay => ({
    namespace: 'team-a',
    name,
    uid: name,
    holds: ['GPU 0'],
    fate: 'evict',
    ...more,
  })

  test.each([
    [{}, 'GPU 0 is held by pod team-a/a; it is to be evicted'],
    [{ fate: 'ends' }, 'GPU 0 is held by pod team-a/a; it is about to end'],
    [
      { fate: 'protected' },
      'GPU 0 is held by pod team-a/a; its annotation mig-nvml/evict forbids an eviction',
    ],
    [
      { fate: 'daemon-set' },
      'GPU 0 is held by pod team-a/a; it belongs to a DaemonSet, which would bring it back',
    ],
    [
      { fate: 'static' },
      'GPU 0 is held by pod team-a/a; the kubelet runs it from a file, and no eviction ends it',
    ],
    [
      { holds: ['GPU 0', 'GPU 1'] },
      'GPU 0 and GPU 1 are held by pod team-a/a; it is to be evicted',
    ],
    [{ holds: [] }, 'the node is held by pod team-a/a; it is to be evicted'],
    [
      { fate: 'starts', holds: ['nvidia.com/gpu'] },
      'pod team-a/a wants nvidia.com/gpu; the kubelet has yet to give it devices, and may give it any',
    ],
  ] as const)('of %j is: %s', (more, text) => {
    expect(describeInTheWay({ pods: [held('a', more)], others: [] })).toBe(text)
  })

  test('names five, pods before processes, and counts the others', () => {
    const pods = ['a', 'b', 'c', 'd'].map((name) => held(name))
    const textWith = (...others: readonly string[]): string => describeInTheWay({ pods, others })
    expect(textWith('x (pid 1)')).toMatch(/team-a\/d; it is to be evicted\. in use by x \(pid 1\)$/)
    expect(textWith('x (pid 1)', 'y (pid 2)', 'z (pid 3)')).toMatch(/x \(pid 1\)\. And 2 more$/)
  })
})
