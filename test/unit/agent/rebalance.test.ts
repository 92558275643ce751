import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Clock } from '../../../lib/agent/node/clock.js'
import {
  type RebalanceLook,
  type RunRebalanceOptions,
  runRebalance,
} from '../../../lib/agent/rebalance/run-rebalance.js'
import { applyMigConfig, listMigDevices } from '../../../lib/index.js'
import { readNodeLayout } from '../../../lib/kubernetes.js'
import type { RebalanceRecord } from '../../../types/kubernetes/rebalance-cluster.js'
import type { MigUuid } from '../../../types/model/state.js'
import { agentConfigs } from '../../support/agent-configs.js'
import { type AgentNodeWorld, createAgentNode, nodeName } from '../../support/agent-node.js'
import { rejectionOf } from '../../support/errors.js'
import { waitingPod } from '../../support/layout-nodes.js'
import { wantOnAll } from '../../support/wanted.js'

interface Rebalancing {
  readonly world: AgentNodeWorld
  readonly looks: RebalanceLook[]
  readonly steps: string[]
  run(options?: Partial<RunRebalanceOptions>, between?: () => void): Promise<number>
  record(): RebalanceRecord | null
}

/** A node with an agent that publishes its layout, and one pod on the half at 0. */
async function createRebalancing(
  labels: Readonly<Record<string, string>> = {},
): Promise<Rebalancing & AsyncDisposable> {
  const world = createAgentNode('A100-SXM4-40GB +mig', {
    labels: {
      'nvidia.com/mig.strategy': 'mixed',
      'nvidia.com/gpu.deploy.device-plugin': 'true',
      ...labels,
    },
    clients: ['device-plugin'],
  })
  await applyMigConfig(wantOnAll({ '3g.20gb': 1, '1g.5gb': 4 }), {
    library: world.machine.library,
  })
  const [place = ''] = (await world.layout()).filter((line) => line.includes('3g.20gb'))
  const device = await world.device('3g.20gb', Number(place.at(-1)))
  world.addPod({ name: 'serve', device })
  world.writeConfig(agentConfigs)
  world.start({ layoutIntervalMs: 1000 })
  await world.until(() => layoutText(world) !== undefined)
  const looks: RebalanceLook[] = []
  const steps: string[] = []
  return {
    world,
    looks,
    steps,
    record: () =>
      JSON.parse(world.node().metadata.annotations?.['mig-nvml/rebalance-record'] ?? 'null'),
    async run(options = {}, between = () => {}) {
      let isOver = false
      const running = runRebalance({
        cluster: world.cluster,
        namespace: 'default',
        holder: 'me',
        reading: {},
        calm: { windowMs: 0, restMs: 0 },
        maxUnavailable: 1,
        deadlineMs: 60_000,
        agentMs: 900_000,
        podsMs: 120_000,
        everyMs: null,
        dryRun: false,
        clock: patientClock(world),
        signal: new AbortController().signal,
        onLook: (look) => looks.push(look),
        onProgress: ({ progress }) => steps.push(progress.step),
        log: (line) => steps.push(line),
        ...options,
      }).finally(() => {
        isOver = true
      })
      running.catch(() => {})
      await world.until(() => {
        between()
        return isOver
      })
      return running
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

const mostTurns = 20_000

/** Its time passes only while the agent is at rest: the agent's work takes real time, and the fake clock none. */
function patientClock(world: AgentNodeWorld): Clock {
  const isAtWork = (): boolean => {
    const { step, config, run } = world.record()
    const isIdle = step === 'idle' && config === (world.label('nvidia.com/mig.config') ?? null)
    return !isIdle || readNodeLayout(layoutText(world) ?? '').run < run
  }
  return {
    now: () => world.clock.now(),
    async sleep(ms, signal) {
      for (let turn = 0; turn < mostTurns && isAtWork() && !signal.aborted; turn++)
        await setImmediate()
      await world.clock.sleep(ms, signal)
    },
  }
}

function layoutText(world: AgentNodeWorld): string | undefined {
  return world.node().metadata.annotations?.['mig-nvml/layout']
}

/** Both halves of the GPU are there, as the agent has published them. */
function hasBoth(world: AgentNodeWorld): boolean {
  const { state } = readNodeLayout(layoutText(world) ?? '')
  return state.gpus[0]?.gpuInstances?.length === 2
}

/** What the scheduler does once the node offers the devices. */
function schedule({ cluster, node }: AgentNodeWorld, name: string, resource: string): void {
  const allocatable = Reflect.get(Object(node()['status']), 'allocatable') as Record<string, string>
  if (Number(allocatable[resource] ?? 0) < 2) return
  const pod = cluster.find('pods', name, 'team-a')
  if (pod === undefined || Reflect.get(Object(pod['spec']), 'nodeName') !== undefined) return
  const spec = { ...Object(pod['spec']), nodeName }
  cluster.put('pods', { ...pod, spec, status: { phase: 'Running' } })
}

test('a pod that waits gets its devices on a node that changes for it, and the pod beside it is not disturbed', async () => {
  await using rebalancing = await createRebalancing()
  const { world, run, record, steps } = rebalancing
  world.cluster.put('pods', waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 }))
  expect(await run({}, () => schedule(world, 'train', 'nvidia.com/mig-3g.20gb'))).toBe(0)
  expect(await world.layout()).toEqual(['GPU 0: 3g.20gb at 0', 'GPU 0: 3g.20gb at 4'])
  expect(world.cluster.evicted).toEqual([])
  expect(world.podNames()).toContain('team-a/serve')
  expect(record()).toMatchObject({ state: 'kept', pods: ['team-a/train'] })
  expect(steps.at(-1)).toBe('keep')
})

test('a dry run shows the plan, and writes nothing', async () => {
  await using rebalancing = await createRebalancing()
  const { world, run, looks } = rebalancing
  world.cluster.put('pods', waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 }))
  const before = world.node().metadata.labels
  await run({ dryRun: true })
  expect(looks).toHaveLength(1)
  expect(looks[0]?.starts.map(({ node }) => node)).toEqual([nodeName])
  expect(world.node().metadata.labels).toEqual(before)
})

test('a cluster whose pods all have a place is left as it is, and the run ends', async () => {
  await using rebalancing = await createRebalancing()
  const before = await rebalancing.world.layout()
  expect(await rebalancing.run()).toBe(0)
  expect(rebalancing.looks[0]?.plan.changes).toEqual([])
  expect(await rebalancing.world.layout()).toEqual(before)
})

test('a change whose pod does not come is taken back, placement by placement, and the run counts it', async () => {
  await using rebalancing = await createRebalancing()
  const { world, run, record } = rebalancing
  const before = await world.layout()
  world.cluster.put('pods', waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 }))
  expect(await run()).toBe(1)
  expect(await world.layout()).toEqual(before)
  expect(record()).toMatchObject({ state: 'back', pods: ['team-a/train'] })
})

test('a return to what a person has named evicts no pod that has come meanwhile, and lets its device stay', async () => {
  await using rebalancing = await createRebalancing({ 'mig-nvml/rebalance': 'true' })
  const { world, run, record, steps } = rebalancing
  world.setLabel('nvidia.com/mig.config', 'mixed')
  await world.untilState('success')
  await world.until(() => readNodeLayout(layoutText(world) ?? '').run === world.record().run)
  world.cluster.put('pods', waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 }))
  let device: Promise<MigUuid> | null = null
  let name = ''
  const come = (): void => {
    if (device === null && world.record().config === record()?.config && hasBoth(world)) {
      device = world.device('3g.20gb', record()?.created[0]?.start ?? 0)
      void device.then((found) => {
        name = found
      })
    }
    if (name === '' || record()?.state !== 'returning') return
    if (!world.podNames().includes('team-a/quick')) world.addPod({ name: 'quick', device: name })
  }
  expect(await run({}, come)).toBe(0)
  expect(steps).toContain('stay')
  expect(world.cluster.evicted).toEqual([])
  expect(await world.layout()).toEqual(['GPU 0: 3g.20gb at 0', 'GPU 0: 3g.20gb at 4'])
  expect(record()).toMatchObject({ state: 'kept', named: 'mixed' })
})

test('a change that is taken back ends with the name that a person had given, in the layout of before', async () => {
  await using rebalancing = await createRebalancing({ 'mig-nvml/rebalance': 'true' })
  const { world, run, record } = rebalancing
  world.setLabel('nvidia.com/mig.config', 'mixed')
  await world.untilState('success')
  await world.until(() => readNodeLayout(layoutText(world) ?? '').run === world.record().run)
  const before = await world.layout()
  world.cluster.put('pods', waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 }))
  expect(await run()).toBe(1)
  await world.untilState('success')
  expect(world.record().config).toBe('mixed')
  expect(await world.layout()).toEqual(before)
  expect(record()).toMatchObject({ state: 'back', pods: ['team-a/train'] })
})

test('a node whose configuration a person has chosen stays as it is', async () => {
  await using rebalancing = await createRebalancing()
  const { world, run, looks } = rebalancing
  world.setLabel('nvidia.com/mig.config', 'mixed')
  await world.untilState('success')
  await world.until(() => readNodeLayout(layoutText(world) ?? '').run === world.record().run)
  world.cluster.put('pods', waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 }))
  expect(await run()).toBe(0)
  expect(looks[0]?.leftOut).toContainEqual({
    kind: 'node',
    name: nodeName,
    reason: 'a person has chosen its configuration mixed',
    passes: false,
  })
  expect(world.label('nvidia.com/mig.config')).toBe('mixed')
})

test('a rebalancer that is killed in the middle is followed by one that goes on, and begins nothing twice', async () => {
  await using rebalancing = await createRebalancing()
  const { world, run, record, looks } = rebalancing
  world.cluster.put('pods', waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 }))
  const kill = new AbortController()
  const first = run({ signal: kill.signal, holder: 'first' }, () => {
    if (record() !== null) kill.abort(new Error('killed'))
  })
  await expect(first).rejects.toThrow(/killed/)
  const since = record()?.since
  expect(record()?.state).toBe('going')
  expect(
    await run({ holder: 'second' }, () => schedule(world, 'train', 'nvidia.com/mig-3g.20gb')),
  ).toBe(0)
  expect(record()).toMatchObject({ state: 'kept', since })
  expect(looks.flatMap(({ starts }) => starts)).toHaveLength(1)
})

test('a label that a person writes in the middle wins, and nothing is taken back from it', async () => {
  await using rebalancing = await createRebalancing()
  const { world, run, record, steps } = rebalancing
  world.cluster.put('pods', waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 }))
  let isDone = false
  await run({}, () => {
    if (record() !== null && !isDone) {
      isDone = true
      world.setLabel('nvidia.com/mig.config', 'mixed')
    }
  })
  expect(steps).toContain('release')
  expect(world.label('nvidia.com/mig.config')).toBe('mixed')
  expect(record()).toBeNull()
})

test('a second rebalancer beside one that runs is refused, and names the first', async () => {
  await using rebalancing = await createRebalancing()
  await rebalancing.world.cluster.holdLease(
    { namespace: 'default', name: 'mig-nvml-rebalance' },
    { holder: 'somebody', durationSeconds: 60 },
  )
  const error = await rejectionOf(rebalancing.run())
  expect(error.code).toBe('MIG_REBALANCE_RUNNING')
  expect(error.message).toMatch(/somebody/)
})

test('a rebalancer goes on when the API server is back', async () => {
  await using rebalancing = await createRebalancing()
  const { world, run, steps } = rebalancing
  world.cluster.put('pods', waitingPod('train', { 'nvidia.com/mig-3g.20gb': 1 }))
  world.cluster.isDown = true
  const log = (line: string): void => {
    steps.push(line)
    world.cluster.isDown = false
  }
  const result = await run({ log }, () => schedule(world, 'train', 'nvidia.com/mig-3g.20gb'))
  expect(result).toBe(0)
  expect(steps).toContainEqual(expect.stringMatching(/API server is down/))
  expect(await world.layout()).toEqual(['GPU 0: 3g.20gb at 0', 'GPU 0: 3g.20gb at 4'])
})

test('one that ends by itself waits for the layout after its change, and lets in a pod that came meanwhile', async () => {
  await using rebalancing = await createRebalancing()
  const { world, run } = rebalancing
  world.cluster.put('pods', waitingPod('train', { 'nvidia.com/mig-2g.10gb': 1 }))
  let isLate = false
  const between = (): void => {
    for (const name of ['train', 'late']) scheduleOne(world, name)
    if (isLate || rebalancing.record()?.state !== 'going') return
    isLate = true
    world.cluster.put('pods', waitingPod('late', { 'nvidia.com/mig-2g.10gb': 1 }))
  }
  expect(await run({}, between)).toBe(0)
  expect(await world.layout()).toEqual(
    expect.arrayContaining(['GPU 0: 2g.10gb at 0', 'GPU 0: 2g.10gb at 2']),
  )
})

const placed = new WeakMap<AgentNodeWorld, Set<string>>()

/** Binds a pod that wants a `2g.10gb` while the node offers one, and gives it the device. */
function scheduleOne(world: AgentNodeWorld, name: string): void {
  const resource = 'nvidia.com/mig-2g.10gb'
  const status = Object(world.node()['status']) as { allocatable?: Record<string, string> }
  const taken = placed.get(world) ?? new Set()
  placed.set(world, taken)
  if (taken.has(name) || Number(status.allocatable?.[resource] ?? 0) <= taken.size) return
  const pod = world.cluster.find('pods', name, 'team-a')
  const taints = (Object(world.node()['spec']) as { taints?: readonly object[] }).taints ?? []
  if (pod === undefined || taints.length > 0) return
  taken.add(name)
  world.cluster.put('pods', {
    ...pod,
    spec: { ...Object(pod['spec']), nodeName },
    status: { phase: 'Running' },
  })
  void world.state().then((state) => {
    const device = listMigDevices(state).find(
      ({ name: size, uuid }) =>
        size === '2g.10gb' && ![...world.held().values()].includes(String(uuid)),
    )
    if (device?.uuid != null) world.giveDevice(`team-a/${name}`, device.uuid)
  })
}
