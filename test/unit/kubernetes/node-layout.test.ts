import { describe, expect, test } from 'vitest'
import { listMigDevices, renderMachine } from '../../../lib/index.js'
import { formatNodeLayout, nodeLayout, readNodeLayout } from '../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { NodeLayoutInput } from '../../../types/kubernetes/node-layout.js'
import type { GpuHolder } from '../../../types/model/state.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

const now = Date.parse('2026-11-29T12:00:00Z')
const state = stateOf([
  { key: 'A100-SXM4-40GB', instances: ['3g.20gb@0', '3g.20gb@4'] },
  { key: 'A100-SXM4-40GB', migEnabled: false },
])
const [first, second] = state.gpus
const devices = listMigDevices(state)
const upper = devices.find(({ placement }) => placement?.start === 4)

function podOf(name: string, phase = 'Running'): ClusterObject {
  return { metadata: { namespace: 'team-a', name, uid: `uid-of-${name}` }, status: { phase } }
}

function layoutOf(input: Partial<NodeLayoutInput>) {
  return nodeLayout({ state, pods: [], held: [], processes: [], run: 3, now, ...input })
}

function processOn(part: Partial<GpuHolder>): GpuHolder {
  return {
    pid: 1,
    command: 'python3',
    kind: 'compute',
    usedMemoryMiB: null,
    gpuInstanceId: null,
    computeInstanceId: null,
    gpu: first?.uuid ?? 'GPU-',
    gpuIndex: 0,
    ...part,
  }
}

describe('the layout of a node', () => {
  test('comes back from its text with every instance, the geometry and the holders', () => {
    const held = [{ namespace: 'team-a', name: 'train', devices: [upper?.uuid ?? ''] }]
    const layout = layoutOf({ pods: [podOf('train')], held })
    const read = readNodeLayout(formatNodeLayout(layout))
    expect(read).toEqual(layout)
    expect(renderMachine(read.state)).toBe(renderMachine(state))
    expect(read.holders).toEqual([
      {
        gpu: first?.uuid,
        gpuInstanceId: upper?.gpuInstanceId,
        computeInstanceId: upper?.computeInstanceId,
        pods: [{ namespace: 'team-a', name: 'train' }],
        morePods: 0,
        processes: 0,
      },
    ])
    expect(read.readAt).toBe('2026-11-29T12:00:00.000Z')
    expect(Date.parse(read.validUntil) - now).toBe(1_200_000)
  })

  test('has the pod of a process by its container, and counts processes outside of pods', () => {
    const part = {
      gpuInstanceId: upper?.gpuInstanceId ?? null,
      computeInstanceId: upper?.computeInstanceId ?? null,
    }
    const container = { id: 'c', runtime: 'containerd', podUid: 'uid-of-train' } as const
    const processes = [
      processOn({ ...part, container }),
      processOn({ ...part, pid: 2 }),
      processOn({ ...part, pid: 3, container: { ...container, podUid: 'uid-of-nobody' } }),
    ]
    const { holders } = layoutOf({ pods: [podOf('train')], processes })
    expect(holders).toMatchObject([
      { pods: [{ namespace: 'team-a', name: 'train' }], processes: 2 },
    ])
  })

  test('has the whole GPU for a pod that has it, apart from the devices of other GPUs', () => {
    const held = [{ namespace: 'team-a', name: 'big', devices: [second?.uuid ?? ''] }]
    expect(layoutOf({ pods: [podOf('big')], held }).holders).toMatchObject([
      { gpu: second?.uuid, gpuInstanceId: null, computeInstanceId: null },
    ])
  })

  test('leaves out pods that have ended, devices that are gone, and monitors that only open a device', () => {
    const held = [
      { namespace: 'team-a', name: 'ended', devices: [upper?.uuid ?? ''] },
      { namespace: 'team-a', name: 'runs', devices: ['MIG-of-before'] },
    ]
    const pods = [podOf('ended', 'Succeeded'), podOf('runs')]
    expect(
      layoutOf({ pods, held, processes: [processOn({ opensNodeOnly: true })] }).holders,
    ).toEqual([])
  })

  test('keeps a GPU that has fallen off the bus apart, and a model without MIG', () => {
    const lost = { ...stateOf([{ key: 'none' }]), lostGpus: [{ index: 7, uuid: null }] }
    const read = readNodeLayout(formatNodeLayout(layoutOf({ state: lost })))
    expect(read.state.lostGpus).toEqual([{ index: 7, uuid: null }])
    expect(read.state.gpus).toMatchObject([{ name: 'Tesla T4', mig: null, geometry: null }])
  })
})

describe('the text of a layout', () => {
  const small = Array.from({ length: 7 }, (_, start) => `1g.5gb@${start}`)
  const full = stateOf([{ key: 'A100-SXM4-40GB', count: 16, instances: small }])
  // The longest names that Kubernetes allows.
  const namespace = 'n'.repeat(63)

  function crowd(podsPerDevice: number) {
    const names = listMigDevices(full).flatMap(({ uuid }, device) =>
      Array.from({ length: podsPerDevice }, (_, pod) => ({
        namespace,
        name: `${String(device * 100 + pod)}-${'p'.repeat(249)}`.slice(0, 253),
        devices: [uuid ?? ''],
      })),
    )
    const pods = names.map(({ name }) => ({ metadata: { namespace, name, uid: name } }))
    return layoutOf({ state: full, pods, held: names })
  }

  test('of a node with eight full GPUs and a pod on each device is less than an eighth of what its annotations may have', () => {
    const eight = { ...full, gpus: full.gpus.slice(0, 8) }
    const names = listMigDevices(eight).map(({ uuid }, index) => ({
      namespace: 'team-inference',
      name: `llm-server-7d9c5b8f6d-${String(index).padStart(5, 'x')}`,
      devices: [uuid ?? ''],
    }))
    const pods = names.map(({ name, namespace }) => ({ metadata: { namespace, name, uid: name } }))
    const text = formatNodeLayout(layoutOf({ state: eight, pods, held: names }))
    expect(readNodeLayout(text).holders).toHaveLength(56)
    expect(text.length).toBeLessThan(262_144 / 8)
  })

  test('never exceeds a quarter of what the annotations of a node may have, and counts the pods that it does not name', () => {
    for (const podsPerDevice of [1, 20]) {
      const text = formatNodeLayout(crowd(podsPerDevice))
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(262_144 / 4)
      const { holders } = readNodeLayout(text)
      expect(holders).toHaveLength(16 * 7)
      for (const { pods, morePods } of holders) expect(pods.length + morePods).toBe(podsPerDevice)
    }
  })
})

describe('an annotation that is no layout is refused with the reason', () => {
  const text = formatNodeLayout(layoutOf({}))
  const damaged = (change: (value: Record<string, unknown>) => void): string => {
    const value = JSON.parse(text) as Record<string, unknown>
    change(value)
    return JSON.stringify(value)
  }
  test.each([
    ['no JSON', '{', /not valid JSON/],
    ['another document', '[]', /no version/],
    [
      'a later version',
      '{"version":"mig-nvml/layout/v2"}',
      /"mig-nvml\/layout\/v2", which this package does not know/,
    ],
    [
      'no GPUs',
      damaged((value) => {
        value['state'] = {}
      }),
      /state\.gpus/,
    ],
    [
      'a wrong UUID',
      damaged((value) => {
        value['holders'] = [{ gpu: 'x' }]
      }),
      /holders\[0\]\.gpu/,
    ],
    [
      'no time',
      damaged((value) => {
        value['readAt'] = 'yesterday'
      }),
      /readAt/,
    ],
    [
      'a negative run',
      damaged((value) => {
        value['run'] = -1
      }),
      /run/,
    ],
    [
      'too many holders',
      damaged((value) => {
        value['holders'] = Array(20_000).fill(null)
      }),
      /20000 items/,
    ],
  ])('%s', (_, wrong, why) => {
    const error = migErrorOf(() => readNodeLayout(wrong))
    expect(error).toMatchObject({ code: 'MIG_LAYOUT_INVALID', message: expect.stringMatching(why) })
  })

  test('a field that a later version adds is no fault', () => {
    expect(
      readNodeLayout(
        damaged((value) => {
          value['more'] = 1
        }),
      ).run,
    ).toBe(3)
  })
})
