import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type RunRolloutOptions, runRollout } from '../../../lib/agent/rollout/run-rollout.js'
import { noRecord } from '../../../lib/kubernetes/agent/record.js'
import { nextRolloutStep } from '../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { RolloutStep } from '../../../types/kubernetes/rollout.js'
import { rejectionOf } from '../../support/errors.js'
import { createFakeClock } from '../../support/fake-clock.js'
import { createFakeCluster, type FakeCluster } from '../../support/fake-cluster.js'

function nodeOf(name: string, ready = true): ClusterObject {
  return {
    metadata: { name, labels: { 'nvidia.com/mig.config': 'old' } },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }
}

/** What the agent of a node leaves when its run for the configuration is over. */
function afterRun(node: ClusterObject, state: 'success' | 'failed'): ClusterObject {
  const config = node.metadata.labels?.['nvidia.com/mig.config'] ?? ''
  const reason = state === 'failed' ? 'a pod is in the way' : null
  const record = { ...noRecord, run: 1, config, state, reason }
  return {
    ...node,
    metadata: {
      ...node.metadata,
      labels: { ...node.metadata.labels, 'nvidia.com/mig.config.state': state },
      annotations: { 'mig-nvml/agent': JSON.stringify(record) },
    },
  }
}

interface Rollout {
  readonly cluster: FakeCluster
  readonly steps: RolloutStep[]
  /** Runs to its end; agents finish one node at each tick, and those named fail. */
  run(options: Partial<RunRolloutOptions>, failing?: readonly string[]): Promise<RolloutStep>
}

function createRollout(names: readonly string[]): Rollout {
  const cluster = createFakeCluster()
  for (const name of names) cluster.put('nodes', nodeOf(name))
  const steps: RolloutStep[] = []
  return {
    cluster,
    steps,
    async run(options, failing = []) {
      const clock = createFakeClock()
      let ended = false
      const result = runRollout({
        config: 'new',
        cluster,
        namespace: 'default',
        holder: 'me',
        clock,
        signal: new AbortController().signal,
        onStep: (step) => steps.push(step),
        log: () => {},
        ...options,
      }).finally(() => {
        ended = true
      })
      result.catch(() => {})
      await clock.until(
        () => ended,
        () => {
          const next = cluster.all('nodes').find((node) => isBegun(node))
          if (next === undefined) return
          const { name = '' } = next.metadata
          cluster.edit('nodes', name, (node) =>
            afterRun(node, failing.includes(name) ? 'failed' : 'success'),
          )
        },
      )
      return result
    },
  }
}

function isBegun({ metadata: { labels = {}, annotations } }: ClusterObject): boolean {
  return labels['nvidia.com/mig.config'] === 'new' && annotations === undefined
}

const five = ['a', 'b', 'c', 'd', 'e']

test('a rollout takes one node after the other, in the order of their names', async () => {
  const { run, steps } = createRollout(five)
  const { outcome, nodes } = await run({})
  expect(outcome).toBe('done')
  expect(nodes.map(({ progress }) => progress)).toEqual(Array(5).fill('done'))
  expect(steps.flatMap(({ start }) => start)).toEqual(five)
  for (const step of steps)
    expect(step.nodes.filter(({ progress }) => progress === 'running').length).toBeLessThan(2)
})

test('a rollout over five nodes stops at the first that fails, and begins no further one', async () => {
  const { run, cluster } = createRollout(five)
  const { outcome, nodes } = await run({}, ['c'])
  expect(outcome).toBe('stopped')
  expect(nodes.map(({ progress }) => progress)).toEqual(['done', 'done', 'failed', 'todo', 'todo'])
  expect(nodes[2]?.reason).toBe('a pod is in the way')
  expect(cluster.find('nodes', 'd')?.metadata.labels?.['nvidia.com/mig.config']).toBe('old')
})

test('with two at a time, those that are at work end before a rollout stops', async () => {
  const { run } = createRollout(five)
  const { outcome, nodes } = await run({ maxUnavailable: 2 }, ['a'])
  expect(outcome).toBe('stopped')
  expect(nodes.map(({ progress }) => progress)).toEqual(['failed', 'done', 'todo', 'todo', 'todo'])
})

test('canaries are done before the others begin, however many may be away', async () => {
  const { run, steps } = createRollout(five)
  await run({ maxUnavailable: 5, canary: 2 })
  expect(steps.map(({ start }) => start).filter(({ length }) => length > 0)).toEqual([
    ['a', 'b'],
    ['c', 'd', 'e'],
  ])
})

test('a rollout that is started again goes on, and begins no node that is done', async () => {
  const { run, cluster, steps } = createRollout(five)
  for (const name of ['a', 'b'])
    cluster.edit('nodes', name, (node) => {
      const labels = { ...node.metadata.labels, 'nvidia.com/mig.config': 'new' }
      return afterRun({ ...node, metadata: { ...node.metadata, labels } }, 'success')
    })
  await run({})
  expect(steps.flatMap(({ start }) => start)).toEqual(['c', 'd', 'e'])
})

test('a dry run shows the nodes and which come next, and labels none', async () => {
  const { run, cluster } = createRollout(five)
  const { start, nodes } = await run({ dryRun: true, maxUnavailable: 2 })
  expect(start).toEqual(['a', 'b'])
  expect(nodes).toHaveLength(5)
  for (const { metadata } of cluster.all('nodes'))
    expect(metadata.labels?.['nvidia.com/mig.config']).toBe('old')
})

test('a second rollout beside one that runs is refused, and names the first', async () => {
  const { run, cluster } = createRollout(five)
  await cluster.holdLease(
    { namespace: 'default', name: 'mig-nvml-rollout' },
    { holder: 'somebody', durationSeconds: 60 },
  )
  const error = await rejectionOf(run({}))
  expect(error.code).toBe('MIG_ROLLOUT_RUNNING')
  expect(error.message).toMatch(/somebody/)
})

test('what an agent said of another configuration is no success of this one', () => {
  const labels = { 'nvidia.com/mig.config': 'new' }
  const old = afterRun(nodeOf('a'), 'success')
  const node = {
    ...old,
    metadata: { ...old.metadata, labels: { ...old.metadata.labels, ...labels } },
  }
  expect(nextRolloutStep([node], { config: 'new' }).nodes[0]?.progress).toBe('running')
})

test('never more nodes are away than allowed, whatever the nodes do', () => {
  const node = fc.record({
    ready: fc.boolean(),
    label: fc.constantFrom('old', 'new'),
    state: fc.constantFrom('success', 'failed', 'none'),
  })
  fc.assert(
    fc.property(
      fc.array(node, { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(3),
      (all, maxUnavailable, canary) => {
        const nodes = all.map(({ ready, label, state }, index) => {
          const bare = nodeOf(`n${index}`, ready)
          const metadata = { ...bare.metadata, labels: { 'nvidia.com/mig.config': label } }
          const object = { ...bare, metadata }
          return state === 'none' ? object : afterRun(object, state as 'success' | 'failed')
        })
        const step = nextRolloutStep(nodes, { config: 'new', maxUnavailable, canary })
        const away = step.nodes.filter((each) => each.progress === 'running' || !each.isReady)
        if (step.start.length > 0)
          expect(step.start.length + away.length).toBeLessThanOrEqual(maxUnavailable)
        if (step.nodes.some(({ progress }) => progress === 'failed')) expect(step.start).toEqual([])
        for (const name of step.start)
          expect(step.nodes.find((each) => each.name === name)).toMatchObject({
            progress: 'todo',
            isReady: true,
          })
      },
    ),
  )
})
