import { expect, test } from 'vitest'
import {
  type Ailment,
  type HealthRules,
  nextAilments,
  whyUnhealthy,
} from '../../../../lib/kubernetes/plugin/health.js'
import type { MigChange, XidEvent } from '../../../../types/machine/watch.js'

const rules: HealthRules = { ignoredXids: new Set([13, 31]), recoverAfterMs: null }
const [first, second] = ['GPU-1', 'GPU-2'] as const

function xid(number: number, where: Partial<XidEvent> = {}): XidEvent {
  return {
    kind: 'xid',
    gpu: first,
    gpuIndex: 0,
    xid: number,
    gpuInstanceId: null,
    computeInstanceId: null,
    count: 1,
    ...where,
  }
}

/** The devices that are unhealthy: whole GPUs and MIG devices as `GPU/instance/compute instance`. */
const devices = {
  'GPU-1': { gpu: first, gpuInstanceId: null, computeInstanceId: null },
  'GPU-1/1/0': { gpu: first, gpuInstanceId: 1, computeInstanceId: 0 },
  'GPU-1/1/1': { gpu: first, gpuInstanceId: 1, computeInstanceId: 1 },
  'GPU-1/2/0': { gpu: first, gpuInstanceId: 2, computeInstanceId: 0 },
  'GPU-2/1/0': { gpu: second, gpuInstanceId: 1, computeInstanceId: 0 },
}
const unhealthy = (ailments: readonly Ailment[]): readonly string[] =>
  Object.entries(devices)
    .filter(([, device]) => whyUnhealthy(device, ailments) !== null)
    .map(([name]) => name)

const after = (...changes: readonly MigChange[]): readonly Ailment[] =>
  nextAilments([], changes, rules, 0)

test('an Xid of a compute instance is a matter of its device alone', () => {
  expect(unhealthy(after(xid(94, { gpuInstanceId: 1, computeInstanceId: 0 })))).toEqual([
    'GPU-1/1/0',
  ])
})

test('an Xid of a GPU instance concerns all devices in it', () => {
  expect(unhealthy(after(xid(94, { gpuInstanceId: 1 })))).toEqual(['GPU-1/1/0', 'GPU-1/1/1'])
})

test('an Xid of a GPU concerns the GPU and all of its devices', () => {
  const all = ['GPU-1', 'GPU-1/1/0', 'GPU-1/1/1', 'GPU-1/2/0']
  expect(unhealthy(after(xid(79)))).toEqual(all)
})

test('an Xid of an unknown GPU concerns every device of the node', () => {
  expect(unhealthy(after(xid(79, { gpu: null, gpuIndex: null })))).toEqual(Object.keys(devices))
})

test('Xids that are ignored leave devices healthy, and so do all where all are ignored', () => {
  expect(unhealthy(after(xid(13), xid(31)))).toEqual([])
  const none: HealthRules = { ...rules, ignoredXids: 'all' }
  expect(unhealthy(nextAilments([], [xid(79)], none, 0))).toEqual([])
})

test('a device names the Xid that it is unhealthy for', () => {
  expect(whyUnhealthy(devices['GPU-1/1/0'], after(xid(94, { gpuInstanceId: 1 })))).toBe('Xid 94')
})

const gpuInstance = { id: 1 } as never
const ofInstance = { gpu: first, gpuIndex: 0, gpuInstance }

test('a device is healthy when its instance has been destroyed, and not when another one has', () => {
  const ailments = after(
    xid(94, { gpuInstanceId: 1, computeInstanceId: 0 }),
    xid(94, { gpuInstanceId: 2 }),
  )
  const destroyed: MigChange = { kind: 'gpu-instance-destroyed', ...ofInstance }
  expect(unhealthy(nextAilments(ailments, [destroyed], rules, 0))).toEqual(['GPU-1/2/0'])
  const part: MigChange = {
    kind: 'compute-instance-destroyed',
    ...ofInstance,
    computeInstance: { id: 1 } as never,
  }
  expect(unhealthy(nextAilments(ailments, [part], rules, 0))).toEqual(['GPU-1/1/0', 'GPU-1/2/0'])
})

test('a new instance does not mend an Xid of the whole GPU', () => {
  const destroyed: MigChange = { kind: 'gpu-instance-destroyed', ...ofInstance }
  expect(unhealthy(nextAilments(after(xid(79)), [destroyed], rules, 0))).toContain('GPU-1/1/0')
})

test('all of a GPU is healthy when it has come back, or has another MIG mode', () => {
  const found: MigChange = { kind: 'gpu-found', gpu: first, gpuIndex: 0 }
  const off = { enabled: false, pending: false }
  const mode: MigChange = {
    kind: 'mig-mode',
    gpu: first,
    gpuIndex: 0,
    before: off,
    after: { enabled: true, pending: true },
  }
  for (const change of [found, mode])
    expect(unhealthy(nextAilments(after(xid(79)), [change], rules, 0))).toEqual([])
  const pending: MigChange = { ...mode, after: { enabled: false, pending: true } }
  expect(unhealthy(nextAilments(after(xid(79)), [pending], rules, 0))).toContain('GPU-1')
})

test('with a time to recover, a device is healthy so long after its last Xid', () => {
  const timed: HealthRules = { ...rules, recoverAfterMs: 100 }
  const first79 = nextAilments([], [xid(79)], timed, 1000)
  const again = nextAilments(first79, [xid(79)], timed, 1050)
  expect(unhealthy(nextAilments(again, [], timed, 1149))).toContain('GPU-1')
  expect(unhealthy(nextAilments(again, [], timed, 1150))).toEqual([])
  expect(unhealthy(nextAilments(again, [], rules, 10 ** 9))).toContain('GPU-1')
})

test('an Xid that comes over and over is one ailment', () => {
  expect(after(...Array.from({ length: 50 }, () => xid(79)))).toHaveLength(1)
})

test('Xids of instances with the same ids on two GPUs, and of two instances of one GPU, all count', () => {
  const part = { gpuInstanceId: 1, computeInstanceId: 0 }
  const other = { gpu: second, gpuIndex: 1 }
  const found = after(
    xid(94, part),
    xid(94, { ...part, ...other }),
    xid(94, { gpuInstanceId: 2, computeInstanceId: 0 }),
  )
  expect(unhealthy(found)).toEqual(['GPU-1/1/0', 'GPU-1/2/0', 'GPU-2/1/0'])
})

test.each<MigChange>([
  { kind: 'gpu-found', gpu: first, gpuIndex: 0 },
  {
    kind: 'mig-mode',
    gpu: first,
    gpuIndex: 0,
    before: { enabled: true, pending: true },
    after: { enabled: false, pending: false },
  },
])('what mends one GPU mends no other: $kind', (change) => {
  const part = { gpuInstanceId: 1, computeInstanceId: 0 }
  const found = after(xid(79), xid(94, { ...part, gpu: second, gpuIndex: 1 }))
  expect(unhealthy(nextAilments(found, [change], rules, 0))).toEqual(['GPU-2/1/0'])
})
