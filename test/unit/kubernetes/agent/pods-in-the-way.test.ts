import { expect, test } from 'vitest'
import { applyMigConfig, planMigConfig, readMigState } from '../../../../lib/index.js'
import { claimsOfPod } from '../../../../lib/kubernetes/agent/pod-claims.js'
import { podsInTheWay } from '../../../../lib/kubernetes.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { PodsInTheWayInput } from '../../../../types/kubernetes/agent-pods.js'
import type { ClusterObject } from '../../../../types/kubernetes/cluster-client.js'
import { readMigState as readListed } from '../../../support/read-state.js'
import { stateOf } from '../../../support/state.js'

function podOf(name: string): ClusterObject {
  return { metadata: { namespace: 'team-a', name, uid: `uid-of-${name}` } }
}

const pods = ['one', 'two'].map(podOf)

/** Two GPUs of two halves each; the plan divides the upper half of the second one. */
async function inputOf(): Promise<Omit<PodsInTheWayInput, 'held'> & Disposable> {
  const machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const { library } = machine
  const halves = { gpu: 'all', migDevices: { '3g.20gb': 2 } } as const
  await applyMigConfig(halves, { library })
  const state = await readMigState({ library })
  const upper = (await readListed({ library })).gpus[1]?.gpuInstances.find(
    ({ placement }) => placement.start === 4,
  )
  const lower = (await readListed({ library })).gpus[1]?.gpuInstances.find(
    ({ placement }) => placement.start === 0,
  )
  const plan = await planMigConfig(
    { gpu: 1, migDevices: { '3g.20gb': 1, '1g.5gb': 3 } },
    { library, inUse: [lower?.computeInstances[0]?.uuid ?? ''] },
  )
  expect(plan.gpus[0]?.steps).toContainEqual(
    expect.objectContaining({ kind: 'destroy-gpu-instance', gpuInstanceId: upper?.id }),
  )
  return { state, plan, pods, processes: [], [Symbol.dispose]: () => machine.close() }
}

test('a device is found by its UUID, by its indexes, by its name in a claim, and as a share of a GPU', async () => {
  using input = await inputOf()
  const { state, plan } = input
  const gone = plan?.gpus[0]?.steps.find((step) => step.kind === 'destroy-compute-instance')
  const uuid = gone?.kind === 'destroy-compute-instance' ? (gone.uuid ?? '') : ''
  const id = gone?.kind === 'destroy-compute-instance' ? gone.gpuInstanceId : -1
  // The plugin counts MIG devices in the order of their ids.
  const ids = (state.gpus[1]?.gpuInstances ?? []).map((each) => each.id).sort()
  const names = [uuid, `${uuid}::1`, `1:${ids.indexOf(id)}`, 'gpu-1-mig-3g20gb-9-4', 'GPU']
  for (const name of names) {
    const device = name === 'GPU' ? (state.gpus[1]?.uuid ?? '') : name
    const held = [{ namespace: 'team-a', name: 'two', devices: [device] }]
    const found = podsInTheWay({ ...input, held })
    expect(
      found.pods.map((pod) => pod.name),
      name,
    ).toEqual(['two'])
    expect(found.pods[0]?.holds).toEqual([name === 'GPU' ? 'GPU 1' : '3g.20gb at 4 on GPU 1'])
  }
})

test('a pod on a device that stays, on another GPU, or of a device that is gone is not in the way', async () => {
  using input = await inputOf()
  const others = ['gpu-1-mig-3g20gb-9-0', 'gpu-0-mig-3g20gb-9-4', 'MIG-of-before', '7:3', 'gpu-9']
  const held = others.map((device) => ({ namespace: 'team-a', name: 'two', devices: [device] }))
  expect(podsInTheWay({ ...input, held })).toEqual({ pods: [], others: [] })
})

test('a process in the container of a pod stands for the pod, and one outside is named', async () => {
  using input = await inputOf()
  const gone = input.plan?.gpus[0]?.steps.find((step) => step.kind === 'destroy-gpu-instance')
  if (gone?.kind !== 'destroy-gpu-instance') throw new Error('nothing is destroyed')
  const process = {
    pid: 4711,
    command: 'python3',
    kind: 'compute',
    usedMemoryMiB: null,
    gpuInstanceId: gone.gpuInstanceId,
    computeInstanceId: 0,
    gpu: gone.gpu,
    gpuIndex: 1,
  } as const
  const container = { id: 'c'.repeat(64), runtime: 'containerd', podUid: 'uid-of-one' } as const
  const inside = podsInTheWay({ ...input, held: [], processes: [{ ...process, container }] })
  expect(inside.pods.map(({ name }) => name)).toEqual(['one'])
  expect(inside.others).toEqual([])
  const outside = podsInTheWay({ ...input, held: [], processes: [process] })
  expect(outside).toEqual({ pods: [], others: ['python3 (pid 4711) on 3g.20gb at 4 on GPU 1'] })
  const watching = podsInTheWay({
    ...input,
    held: [],
    processes: [{ ...process, gpuInstanceId: null, computeInstanceId: null, opensNodeOnly: true }],
  })
  expect(watching).toEqual({ pods: [], others: [] })
})

test('a state that is still a promise is refused', () => {
  const state = readMigState() as never
  ;(state as Promise<unknown>).catch(() => {})
  expect(() => podsInTheWay({ state, plan: null, pods: [], held: [], processes: [] })).toThrow(
    /await it/,
  )
})

test.each([
  ['plan', { plan: undefined }],
  ['plan.gpus', { plan: {} }],
  ['plan.gpus[0]', { plan: { gpus: [null] } }],
  ['pods', { pods: null }],
  ['pods[0]', { pods: [null] }],
  ['held', { held: {} }],
  ['processes', { processes: undefined }],
])('podsInTheWay names itself and %s in the error for %o', (where, change) => {
  const input = { state: stateOf([]), plan: null, pods: [], held: [], processes: [], ...change }
  expect(() => podsInTheWay(input as never)).toThrow(`podsInTheWay: option ${where} must be`)
})

test.each([undefined, null, 5])('podsInTheWay of %j is a TypeError that names it', (input) => {
  expect(() => podsInTheWay(input as never)).toThrow(
    /^the options of podsInTheWay must be an object/,
  )
})

test('a claim on a part of an instance is on that part; a name without its id is on all parts, and an old one on none', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig({ gpu: 'all', migDevices: { '1c.3g.20gb': 3, '2g.10gb': 1 } }, { library })
  const state = await readMigState({ library })
  const plan = await planMigConfig({ gpu: 'all', migDevices: {} }, { library })
  const start = state.gpus[0]?.gpuInstances?.find(({ profileId }) => profileId === 9)?.placement
    .start
  const holds = (device: string): readonly string[] => {
    const held = [{ namespace: 'team-a', name: 'one', devices: [device] }]
    return podsInTheWay({ state, plan, pods, held, processes: [] }).pods.flatMap((pod) => pod.holds)
  }
  const part = `1c.3g.20gb at ${start} on GPU 0`
  const name = `gpu-0-mig-1c3g20gb-9-${start}`
  expect(holds(`${name}-1`)).toEqual([part])
  expect(holds(name)).toEqual([part])
  expect(holds(`${name}-7`)).toEqual([])
  expect(holds(`gpu-0-mig-3g20gb-9-${start}`)).toEqual([])
  expect(holds(`gpu-0-mig-1g5gb-19-${start}`)).toEqual([])
  expect(holds('gpu-1')).toEqual([])
})

test('a plan that destroys one part of an instance has the pods of the other parts not in its way', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig({ gpu: 'all', migDevices: { '1c.3g.20gb': 3 } }, { library })
  const state = await readMigState({ library })
  const [instance] = state.gpus[0]?.gpuInstances ?? []
  const plan = await planMigConfig({ gpu: 'all', migDevices: { '1c.3g.20gb': 2 } }, { library })
  const steps = plan.gpus.flatMap((gpu) => gpu.steps)
  expect(steps.map(({ kind }) => kind)).toEqual(['destroy-compute-instance'])
  const held = (instance?.computeInstances ?? []).map((part, index) => ({
    namespace: 'team-a',
    name: index === 0 ? 'one' : 'two',
    devices: [part.uuid ?? ''],
  }))
  expect(held).toHaveLength(3)
  const uuids = held.filter((each) => {
    const { pods: found } = podsInTheWay({ state, plan, pods, held: [each], processes: [] })
    return found.length > 0
  })
  const [step] = steps
  expect(uuids.map(({ devices }) => devices[0])).toEqual([
    step?.kind === 'destroy-compute-instance' ? step.uuid : '',
  ])
})

test('a process on the whole GPU is in the way of its first instance and of its mode, not of an end of its instances', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  const inTheWay = async (wanted: object): Promise<readonly string[]> => {
    const state = await readMigState({ library })
    const plan = await planMigConfig({ gpu: 'all', ...wanted } as never, { library })
    const process = {
      pid: 4711,
      command: 'monitor',
      kind: 'compute',
      usedMemoryMiB: null,
      gpuInstanceId: null,
      computeInstanceId: null,
      gpu: state.gpus[0]?.uuid ?? '',
      gpuIndex: 0,
    } as const
    return podsInTheWay({ state, plan, pods: [], held: [], processes: [process as never] }).others
  }
  const onGpu = ['monitor (pid 4711) on GPU 0']
  expect(await inTheWay({ migDevices: { '3g.20gb': 2 } })).toEqual(onGpu)
  expect(await inTheWay({ migEnabled: false })).toEqual(onGpu)
  await applyMigConfig({ gpu: 'all', migDevices: { '3g.20gb': 2 } }, { library })
  expect(await inTheWay({ migDevices: {} })).toEqual([])
  expect(await inTheWay({ migDevices: { '1g.5gb': 7 } })).toEqual(onGpu)
})

test('before a reboot every pod has to go, but those that come with the node', async () => {
  using input = await inputOf()
  const owned = (name: string, metadata: object): ClusterObject => {
    const pod = podOf(name)
    return { ...pod, metadata: { ...pod.metadata, ...metadata } }
  }
  const all = [
    podOf('job'),
    owned('plugin', { ownerReferences: [{ kind: 'DaemonSet', controller: true }] }),
    owned('static', { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
    owned('ending', { deletionTimestamp: '2026-11-29T00:00:00Z' }),
    owned('kept', { annotations: { 'mig-nvml/evict': 'false' } }),
  ]
  const { pods: found } = podsInTheWay({ ...input, plan: null, pods: all, held: [] })
  expect(found.map(({ name, fate, holds }) => [name, fate, holds])).toEqual([
    ['ending', 'ends', []],
    ['job', 'evict', []],
    ['kept', 'protected', []],
  ])
})

test('a pod that the kubelet has not given all its devices is in the way of what destroys some, if all is known of the others', async () => {
  using input = await inputOf()
  const device = 'nvidia.com/mig-3g.20gb'
  const wanting = (phase: string, count: number, where = 'containers'): ClusterObject => ({
    ...podOf('one'),
    spec: {
      [where]: [{ name: 'main', resources: { limits: { [device]: `${count}`, cpu: '4' } } }],
    },
    status: { phase },
  })
  const fates = (pod: ClusterObject, held: PodsInTheWayInput['held'], heldIsComplete = true) =>
    podsInTheWay({ ...input, pods: [pod], held, heldIsComplete }).pods.map(({ fate, holds }) => [
      fate,
      holds,
    ])
  const kept = [{ namespace: 'team-a', name: 'one', devices: [input.state.gpus[0]?.uuid ?? ''] }]
  expect(fates(wanting('Pending', 1), [])).toEqual([['starts', [device]]])
  expect(fates(wanting('Pending', 1, 'initContainers'), [])).toEqual([['starts', [device]]])
  expect(fates(wanting('Pending', 2), kept)).toEqual([['starts', [device]]])
  expect(fates(wanting('Pending', 1), kept)).toEqual([])
  expect(fates(wanting('Running', 1), [])).toEqual([])
  expect(fates(wanting('Failed', 1), [])).toEqual([])
  expect(fates(wanting('Pending', 1), [], false)).toEqual([])
})

test('the claims of a pod are those that it names, that come from templates, and that stand for extended resources', () => {
  const pod: ClusterObject = {
    ...podOf('one'),
    spec: {
      resourceClaims: [
        { name: 'a', resourceClaimName: 'shared' },
        { name: 'b', resourceClaimTemplateName: 'template' },
      ],
    },
    status: {
      resourceClaimStatuses: [{ name: 'b', resourceClaimName: 'one-b-x7k2p' }],
      extendedResourceClaimStatus: { requestMappings: [], resourceClaimName: 'one-extended-9f4' },
    },
  }
  expect(claimsOfPod(pod)).toEqual(['shared', 'one-b-x7k2p', 'one-extended-9f4'])
  expect(claimsOfPod(podOf('two'))).toEqual([])
})
