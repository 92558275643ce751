import { expect, test } from 'vitest'
import { applyMigConfig, planMigConfig, readMigState } from '../../../../lib/index.js'
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
