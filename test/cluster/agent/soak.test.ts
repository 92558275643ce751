import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { applyMigConfig, listMigDevices, readMigState } from '../../../lib/index.js'
import type { ClusterClient } from '../../../types/kubernetes/cluster-client.js'
import { seeded } from '../../support/random.js'
import { idleLabel } from '../harness/node-kubelet.js'
import { conditionOf, phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { type AgentWorld, createBudget, createPod, podsOf } from './agent-world.js'
import { useAgentCluster } from './use-agent-cluster.js'

const dcgm = 'nvidia.com/gpu.deploy.dcgm'
const sizes = {
  halves: { '3g.20gb': 2 },
  small: { '1g.5gb': 7 },
  mixed: { '3g.20gb': 1, '1g.5gb': 3 },
  'five-and-one': { '1g.5gb': 5, '2g.10gb': 1 },
} as const
type Config = keyof typeof sizes
const configs = Object.keys(sizes) as Config[]
const budgets = { ...podsOf, apiVersion: 'policy/v1', resource: 'poddisruptionbudgets' }

/** `MIG_NVML_SEED=7 MIG_NVML_EVENTS=500` for another soak, and a longer one. */
const seed = Number(process.env['MIG_NVML_SEED'] ?? 20)
const events = Number(process.env['MIG_NVML_EVENTS'] ?? 70)

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))('a long life of an agent', () => {
  const cluster = useAgentCluster()
  let admin: ClusterClient
  let world: AgentWorld
  beforeAll(async () => {
    admin = cluster.admin()
    world = await cluster.createWorld('soaked', '2x a100-40gb +mig')
    world.node.machine.setLatency('a100')
    await admin.merge(nodeObject, { metadata: { labels: { [dcgm]: 'true' } } })
  })
  const nodeObject = { apiVersion: 'v1', resource: 'nodes', name: 'soaked' }

  test(`labels, layout and resources agree after ${events} events, and no pod has lost its device (seed ${seed})`, async () => {
    const random = seeded(seed)
    const story: string[] = []
    let pods = 0
    let config: string = 'halves'
    let agent = await world.start({ args: ['--evict-timeout=20'] })
    const oneOf = <T>(list: readonly T[]): T => list[random(list.length)] as T
    const actions: Readonly<Record<string, readonly [number, () => Promise<unknown>]>> = {
      label: [
        5,
        () => {
          config = random(8) === 0 ? oneOf(['impossible', 'unheard-of']) : oneOf(configs)
          return patiently(() => world.want(config))
        },
      ],
      pod: [
        8,
        () => {
          const name = `pod-${++pods}`
          const resource = `nvidia.com/mig-${oneOf(['1g.5gb', '1g.5gb', '3g.20gb', '2g.10gb'])}`
          const app = oneOf(['free', 'free', 'guarded'])
          const labels = random(2) === 0 ? { [idleLabel]: 'yes' } : {}
          return patiently(async () => {
            // An answer may have been lost: what was created once is not created again.
            if ((await admin.get({ ...podsOf, name })) === null)
              await createPod(admin, 'soaked', name, resource, app, labels)
          })
        },
      ],
      end: [
        3,
        async () => {
          const pod = oneOf((await patiently(() => admin.list(podsOf))).items)
          if (pod !== undefined)
            await patiently(() => admin.remove({ ...podsOf, name: pod.metadata.name ?? '' }))
        },
      ],
      kill: [
        2,
        async () => {
          await agent.stop('SIGKILL')
          agent = await patiently(() => world.start({ args: ['--evict-timeout=20'] }))
        },
      ],
      budget: [
        1,
        async () => {
          const { items } = await patiently(() => admin.list(budgets))
          if (items.length === 0) await createBudget(admin, 'guarded', 0).catch(() => {})
          else await patiently(() => admin.remove({ ...budgets, name: 'guarded' }))
        },
      ],
      hand: [
        2,
        () =>
          world.kubelet.meanwhile(async (inUse) => {
            const { library } = world.node.machine
            const migDevices = oneOf([{ '1g.5gb': 1 }, { '2g.10gb': 1 }, { '3g.20gb': 1 }])
            await applyMigConfig({ gpu: random(2), migDevices }, { library, inUse }).catch(() => {})
          }),
      ],
      writer: [
        1,
        () =>
          patiently(() =>
            admin.merge(nodeObject, { metadata: { annotations: { 'a.test/count': `${pods}` } } }),
          ),
      ],
      apiserver: [
        1,
        async () => {
          await cluster.plane().apiserver.stop('SIGKILL')
          await sleep(random(2000))
          cluster.plane().apiserver.start()
          await cluster.plane().ready()
        },
      ],
      etcd: [
        1,
        async () => {
          cluster.plane().etcd.pause()
          await sleep(random(4000))
          cluster.plane().etcd.resume()
        },
      ],
    }
    const lots = Object.entries(actions).flatMap(([name, [weight]]) => Array(weight).fill(name))
    try {
      await world.want('halves')
      await world.untilState('success', 'halves')
      for (let event = 0; event < events; event++) {
        const name = oneOf(lots)
        const { step, state } = (await world.record().catch(() => null)) ?? {}
        story.push(`${name} at ${step} (${state}), ${config}`)
        await actions[name]?.[1]()
        await sleep(random(1200))
      }
      await patiently(() => admin.remove({ ...budgets, name: 'guarded' }))
      const last = oneOf(configs.filter((each) => each !== config))
      await patiently(() => world.want(last))
      const { run } = await world.untilState('success', last)
      await expectAgreement(last)
      expect((await world.record())?.run).toBe(run)
      // Something has been at stake.
      expect(world.node.machine.callCounts().changing).toBeGreaterThan(20)
      expect(pods).toBeGreaterThan(5)
    } catch (error) {
      // The cause first: a report may keep only the start.
      throw new Error(`${String(error)}\nseed ${seed}:\n${story.join('\n')}`, { cause: error })
    }
  })

  async function expectAgreement(config: Config): Promise<void> {
    const { kubelet, node } = world
    expect(kubelet.losses()).toEqual([])
    expect(kubelet.broken).toEqual([])
    const devices = listMigDevices(await readMigState({ library: node.machine.library }))
    const expected = Object.entries(sizes[config]).map(([size, count]) => ({ size, count }))
    for (const gpu of [0, 1])
      for (const { size, count } of expected)
        expect(
          devices.filter(({ name, gpuIndex }) => name === size && gpuIndex === gpu),
          `${size} on GPU ${gpu}`,
        ).toHaveLength(count)
    expect(devices).toHaveLength(2 * expected.reduce((sum, { count }) => sum + count, 0))
    for (const size of ['1g.5gb', '2g.10gb', '3g.20gb'])
      expect(Number((await world.allocatable(`nvidia.com/mig-${size}`)) ?? 0), size).toBe(
        2 * (expected.find((each) => each.size === size)?.count ?? 0),
      )
    expect(await world.taints()).toEqual([])
    expect((await world.object())['spec']).not.toHaveProperty('unschedulable')
    expect(await world.label(dcgm)).toBe('true')
    expect(conditionOf(await world.object(), 'MigConfigured')).toBe('True')
    expect(await world.record()).toMatchObject({ fenced: false, pausing: false, paused: {} })
    // Pods come and end on their own all the time; those that run have devices that are there.
    await until('the pods that run to be those that the kubelet has', async () => {
      const { items } = await admin.list(podsOf, { fieldSelector: 'spec.nodeName=soaked' })
      const running = items
        .filter((pod) => phaseOf(pod) === 'Running' && !pod.metadata.deletionTimestamp)
        .map(({ metadata }) => `default/${metadata.name}`)
      const holders = new Set(kubelet.held().map(({ pod }) => pod))
      return running.every((pod) => holders.has(pod))
    })
    const uuids = devices.map(({ uuid }) => String(uuid))
    expect(uuids).toEqual(expect.arrayContaining(kubelet.held().map(({ device }) => device)))
  }

  /** The API server may be about to come back. */
  function patiently<T>(action: () => Promise<T>): Promise<T> {
    return until('the API server to take it', async () => ({ value: await action() })).then(
      ({ value }) => value,
    )
  }
})
