import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { output } from '../../peers/run.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { addBareNode, phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing, pathOf } from '../programs.js'

const namespace = 'default'
const pods = { apiVersion: 'v1', resource: 'pods', namespace }
const budgets = { apiVersion: 'policy/v1', resource: 'poddisruptionbudgets', namespace }

describe.skipIf(hasNoCluster())('pods, budgets and events on the real API server', () => {
  let cluster: ControlPlane
  let client: ClusterClient
  beforeAll(async () => {
    cluster = await startControlPlane()
    client = cluster.admin
    await addBareNode(client, 'node-1')
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  const runPod = async (name: string, app = name): Promise<ClusterObject> => {
    const pod: ClusterObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app } },
      spec: { containers: [{ name: 'main', image: 'none' }] },
    }
    await client.create(pods, pod)
    return until(`pod ${name} to run`, async () => {
      const now = await client.get({ ...pods, name })
      return phaseOf(now) === 'Running' ? now : null
    })
  }
  const putBudget = async (name: string, app: string, minAvailable: number): Promise<void> => {
    const budget: ClusterObject = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: { minAvailable, selector: { matchLabels: { app } } },
    }
    await client.create(budgets, budget)
  }
  const budgetIsSeen = (name: string): Promise<unknown> =>
    until('the controller to see the budget', async () => {
      const status = (await client.get({ ...budgets, name }))?.['status'] as
        | { readonly observedGeneration?: number; readonly currentHealthy?: number }
        | undefined
      return status?.observedGeneration === 1 && (status.currentHealthy ?? 0) > 0
    })

  test('a pod without a budget is evicted, then it is absent', async () => {
    await runPod('free')
    const pod = { namespace, name: 'free' }
    expect(await client.evict(pod)).toEqual({
      outcome: 'evicted',
      reason: null,
      retryAfterMs: null,
    })
    await until(
      'the pod to be gone',
      async () => (await client.get({ ...pods, name: 'free' })) === null,
    )
    expect((await client.evict(pod)).outcome).toBe('absent')
  })

  test('a pod whose budget allows nothing is blocked, with the name of the budget, and lives on', async () => {
    await runPod('guarded')
    await putBudget('guard', 'guarded', 1)
    await budgetIsSeen('guard')
    const eviction = await client.evict({ namespace, name: 'guarded' })
    expect(eviction.outcome).toBe('blocked')
    expect(eviction.reason).toContain('guard')
    expect(phaseOf(await client.get({ ...pods, name: 'guarded' }))).toBe('Running')
  })

  test('a budget that the controller has not seen yet blocks, and the server says for how long', async () => {
    await runPod('early')
    await cluster.controllerManager.stop('SIGKILL')
    await putBudget('unseen', 'early', 0)
    const eviction = await client.evict({ namespace, name: 'early' })
    expect(eviction.outcome).toBe('blocked')
    expect(eviction.retryAfterMs).toBeGreaterThan(0)
    cluster.controllerManager.start()
    await until('the controller to allow it', async () => {
      const { outcome } = await client.evict({ namespace, name: 'early' })
      return outcome === 'evicted'
    })
  })

  test('a pod with two budgets is blocked and no failure of the server', async () => {
    await runPod('twofold')
    await putBudget('first', 'twofold', 0)
    await putBudget('second', 'twofold', 0)
    await budgetIsSeen('first')
    const eviction = await client.evict({ namespace, name: 'twofold' })
    expect(eviction.outcome).toBe('blocked')
    expect(eviction.reason).toContain('more than one PodDisruptionBudget')
  })

  test('another pod of the same name is not evicted', async () => {
    const { metadata } = await runPod('renamed')
    const uid = '00000000-0000-0000-0000-000000000000'
    const pod = { namespace, name: 'renamed' }
    expect((await client.evict(pod, { uid })).outcome).toBe('absent')
    expect(phaseOf(await client.get({ ...pods, name: 'renamed' }))).toBe('Running')
    expect((await client.evict(pod, { uid: metadata.uid ?? '' })).outcome).toBe('evicted')
  })

  test('a dry run asks whether a pod may be evicted, and leaves it alone', async () => {
    await runPod('tried')
    const answer = await client.evict({ namespace, name: 'tried' }, { dryRun: true })
    expect(answer.outcome).toBe('evicted')
    expect(phaseOf(await client.get({ ...pods, name: 'tried' }))).toBe('Running')
  })

  test.skipIf(isMissing('kubectl'))(
    'kubectl describe shows an event of a node once, with how often it came',
    async () => {
      const { uid = '' } =
        (await client.get({ apiVersion: 'v1', resource: 'nodes', name: 'node-1' }))?.metadata ?? {}
      const event = {
        regarding: { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid },
        type: 'Warning',
        reason: 'MigConfigBlocked',
        message: '3g.20gb at 4 on GPU 2 is held by pod team-a/train-7',
      } as const
      for (let time = 0; time < 3; time++) await client.recordEvent(event)
      await client.recordEvent({ ...event, message: 'another one' })
      const text = await output(pathOf('kubectl'), [
        `--kubeconfig=${cluster.kubeconfig}`,
        'describe',
        'node',
        'node-1',
      ])
      const lines = text.split('\n').filter((line) => line.includes('MigConfigBlocked'))
      expect(lines.filter((line) => line.includes('train-7'))).toHaveLength(1)
      expect(lines.find((line) => line.includes('train-7'))).toMatch(/\(x3 over/)
      expect(lines).toHaveLength(2)
    },
  )
})
