import { describe, expect, test } from 'vitest'
import { describeCluster } from '../../../lib/cli/print/cluster.js'
import { listMigDevices } from '../../../lib/index.js'
import { noRecord } from '../../../lib/kubernetes/agent/record.js'
import { clusterOverview, formatNodeLayout, nodeLayout } from '../../../lib/kubernetes.js'
import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ListedMigState } from '../../../types/model/state.js'
import { stateOf } from '../../support/state.js'

const now = Date.parse('2026-11-29T12:00:00Z')
const halves = stateOf([{ key: 'A100-SXM4-40GB', instances: ['3g.20gb@0', '1g.5gb@4'] }])

interface NodeSpec {
  readonly name?: string
  readonly state?: ListedMigState
  readonly record?: Partial<AgentRecord>
  readonly labels?: Readonly<Record<string, string>>
  readonly run?: number
  readonly readAt?: number
  /** Pods by the start of the device that they have. */
  readonly pods?: Readonly<Record<string, number>>
  readonly allocatable?: Readonly<Record<string, string>>
}

function nodeOf({ state = halves, record, pods = {}, ...spec }: NodeSpec): ClusterObject {
  const held = Object.entries(pods).map(([name, start]) => {
    const device = listMigDevices(state).find(({ placement }) => placement?.start === start)
    return { namespace: 'team-a', name, devices: [device?.uuid ?? ''] }
  })
  const layout = nodeLayout({
    state,
    held,
    pods: held.map(({ name, namespace }) => ({ metadata: { name, namespace, uid: name } })),
    processes: [],
    run: spec.run ?? 0,
    now: spec.readAt ?? now,
  })
  return {
    metadata: {
      name: spec.name ?? 'node-1',
      labels: { 'nvidia.com/mig.config': 'halves', ...spec.labels },
      annotations: {
        'mig-nvml/layout': formatNodeLayout(layout),
        ...(record === undefined
          ? {}
          : { 'mig-nvml/agent': JSON.stringify({ ...noRecord, config: 'halves', ...record }) }),
      },
    },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      allocatable: spec.allocatable ?? {},
    },
  }
}

const foreign: ClusterObject = {
  metadata: { name: 'foreign', labels: { 'nvidia.com/gpu.count': '8' } },
  status: { allocatable: { cpu: '8', 'nvidia.com/mig-3g.20gb': '2' } },
}

function only(node: ClusterObject) {
  const [overview] = clusterOverview([node], { now }).nodes
  if (overview === undefined) throw new Error('no node')
  return overview
}

describe('the overview of a node', () => {
  test('has what is in use, what is free, and what fits beside it without moving anything', () => {
    const { used, free, room, devices } = only(nodeOf({ pods: { train: 0 } }))
    expect(used).toEqual({ '3g.20gb': 1 })
    expect(free).toEqual({ '1g.5gb': 1 })
    // Memory units 5 to 7 are left, of which the eighth has no compute slice of its own: by hand from the placements of the MIG User Guide.
    expect(room).toEqual({ '1g.5gb': 2, '1g.5gb+me': 1, '1g.10gb': 1 })
    expect(devices.find(({ size }) => size === '3g.20gb')?.pods).toEqual([
      { namespace: 'team-a', name: 'train' },
    ])
  })

  test('counts GPUs with MIG off as whole GPUs', () => {
    const state = stateOf([{ key: 'A100-SXM4-40GB', migEnabled: false, count: 2 }])
    expect(only(nodeOf({ state })).free).toEqual({ GPU: 2 })
  })

  test('of a node without an agent has only what the node advertises, marked as such', () => {
    expect(only(foreign)).toMatchObject({
      source: 'labels',
      layout: null,
      devices: [],
      allocatable: { 'nvidia.com/mig-3g.20gb': 2 },
    })
  })

  test('says why a change is pending, and when a failed one is tried again', () => {
    const runSince = '2026-11-29T11:59:00Z'
    const evict = { step: 'evict', reason: 'pod a/b has no budget', runSince } as const
    expect(only(nodeOf({ record: evict })).reason).toBe('evict: pod a/b has no budget')
    const failed = { state: 'failed', reason: 'it does not fit', retryAt: runSince } as const
    expect(only(nodeOf({ record: failed })).reason).toBe(
      'it does not fit; next attempt at 2026-11-29T11:59:00Z',
    )
    expect(only(nodeOf({ record: { config: 'other' } })).reason).toBe('its agent has not begun')
  })

  test.each([
    [
      'is no longer renewed',
      nodeOf({ readAt: now - 3_600_000 }),
      /^the layout is that of 2026-11-29T11:00:00/,
    ],
    ['is older than the last run', nodeOf({ run: 1, record: { run: 2 } }), /has just ended/],
    [
      'is being changed',
      nodeOf({ record: { step: 'apply', changed: true, runSince: '2026-11-29T11:59:00Z' } }),
      /being changed/,
    ],
    [
      'cannot be read',
      { metadata: { name: 'n', annotations: { 'mig-nvml/layout': '{' } } },
      /not valid JSON/,
    ],
  ])('warns of a layout that %s', (_, node, warning) => {
    expect(only(node).warning).toMatch(warning)
  })

  test('of a layout as it should be has no warning', () => {
    expect(only(nodeOf({ run: 2, record: { run: 2 } })).warning).toBeNull()
  })

  test('knows a node that takes no new pods', () => {
    const node = nodeOf({})
    expect(only(node).isClosed).toBe(false)
    expect(only({ ...node, spec: { unschedulable: true } }).isClosed).toBe(true)
    const taints = [{ key: 'mig-nvml/changing', effect: 'NoSchedule' }]
    expect(only({ ...node, spec: { taints } }).isClosed).toBe(true)
  })
})

describe('the screen', () => {
  const nodes = [
    nodeOf({ name: 'node-2', pods: { train: 0 } }),
    nodeOf({ name: 'node-1', labels: { 'nvidia.com/mig.config.state': 'success' } }),
    foreign,
  ]
  const screen = (columns: number, wide = false): string =>
    describeCluster(
      clusterOverview(nodes, { now }),
      { color: false, unicode: true, textColumns: columns } as Parameters<
        typeof describeCluster
      >[1],
      { wide },
    )

  test('has the picture of each node, its pods at their places, and one legend and one sum for all', () => {
    const text = screen(80)
    expect(text).toMatch(/^node-1 {2}ready, halves: success$/m)
    expect(text).toMatch(/^GPU 0 at 0 {2}3g\.20gb {2}team-a\/train$/m)
    expect(text.match(/memory above, compute below/g)).toHaveLength(1)
    expect(text).toMatch(/^3 nodes, 2 GPUs; 1 of them without a layout, and not counted$/m)
    expect(text).toMatch(/^3g\.20gb +1 +1 +0$/m)
    expect(text).toMatch(
      /by what the node advertises, in use or not: 2x\n? *nvidia\.com\/mig-3g\.20gb/,
    )
    expect(text.indexOf('node-1')).toBeLessThan(text.indexOf('node-2'))
  })

  test.each([80, 60])('has no line of more than %i characters', (columns) => {
    for (const line of screen(columns).split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
  })

  test('shows the devices that are free and their UUIDs when it is wide', () => {
    expect(screen(120, true)).toMatch(/^GPU 0 at 4 {2}1g\.5gb {3}free MIG-/m)
  })
})
