import { expect, test } from 'vitest'
import { nextRolloutStep } from '../../../lib/kubernetes.js'
import { rejectionOf } from '../../support/errors.js'
import fc from '../../support/property.js'
import {
  afterRun,
  createRolloutWorld,
  type RolloutWorld,
  rolloutNode,
} from '../../support/rollout-world.js'

const lease = { namespace: 'default', name: 'mig-nvml-rollout' }
const five = ['a', 'b', 'c', 'd', 'e']

test('a rollout takes one node after the other, in the order of their names', async () => {
  const { run, steps } = createRolloutWorld(five)
  const { outcome, nodes } = await run({})
  expect(outcome).toBe('done')
  expect(nodes.map(({ progress }) => progress)).toEqual(Array(5).fill('done'))
  expect(steps.flatMap(({ start }) => start)).toEqual(five)
  for (const step of steps)
    expect(step.nodes.filter(({ progress }) => progress === 'running').length).toBeLessThan(2)
})

test('a rollout over five nodes stops at the first that fails, and begins no further one', async () => {
  const { run, cluster } = createRolloutWorld(five)
  const { outcome, nodes } = await run({}, ['c'])
  expect(outcome).toBe('stopped')
  expect(nodes.map(({ progress }) => progress)).toEqual(['done', 'done', 'failed', 'todo', 'todo'])
  expect(nodes[2]?.reason).toBe('a pod is in the way')
  expect(cluster.find('nodes', 'd')?.metadata.labels?.['nvidia.com/mig.config']).toBe('old')
})

test('with two at a time, those that are at work end before a rollout stops', async () => {
  const { run } = createRolloutWorld(five)
  const { outcome, nodes } = await run({ maxUnavailable: 2 }, ['a'])
  expect(outcome).toBe('stopped')
  expect(nodes.map(({ progress }) => progress)).toEqual(['failed', 'done', 'todo', 'todo', 'todo'])
})

test('canaries are done before the others begin, however many may be away', async () => {
  const { run, steps } = createRolloutWorld(five)
  await run({ maxUnavailable: 5, canary: 2 })
  expect(steps.map(({ start }) => start).filter(({ length }) => length > 0)).toEqual([
    ['a', 'b'],
    ['c', 'd', 'e'],
  ])
})

test('a rollout that is started again goes on, and begins no node that is done', async () => {
  const { run, cluster, steps } = createRolloutWorld(five)
  for (const name of ['a', 'b'])
    cluster.edit('nodes', name, (node) => {
      const labels = { ...node.metadata.labels, 'nvidia.com/mig.config': 'new' }
      return afterRun({ ...node, metadata: { ...node.metadata, labels } }, 'success')
    })
  await run({})
  expect(steps.flatMap(({ start }) => start)).toEqual(['c', 'd', 'e'])
})

test('a dry run shows the nodes and which come next, and labels none', async () => {
  const { run, labels } = createRolloutWorld(five)
  const { start, nodes } = await run({ dryRun: true, maxUnavailable: 2 })
  expect(start).toEqual(['a', 'b'])
  expect(nodes).toHaveLength(5)
  expect(labels()).toEqual(new Set(['old']))
})

test('a second rollout beside one that runs is refused, and names the first', async () => {
  const { run, cluster, labels } = createRolloutWorld(five)
  const renew = (): Promise<unknown> =>
    cluster.holdLease(lease, { holder: 'somebody', durationSeconds: 60 })
  await renew()
  const error = await rejectionOf(run({ log: () => void renew() }))
  expect(error.code).toBe('MIG_ROLLOUT_RUNNING')
  expect(error.message).toMatch(/somebody/)
  expect(labels()).toEqual(new Set(['old']))
})

test('a rollout waits for the Lease of one that was killed, says so once, and goes on when it is lost', async () => {
  const { run, cluster, clock, labels } = createRolloutWorld(five)
  await cluster.holdLease(lease, { holder: 'the-killed-one', durationSeconds: 60 })
  const since = clock.now()
  const lines: string[] = []
  const { outcome } = await run({
    log: (line) => lines.push(line),
    clock: {
      now: clock.now,
      // It is lost after a minute.
      sleep: (ms, signal) => {
        if (clock.now() >= since + 60_000) cluster.loseLease()
        else expect(labels()).toEqual(new Set(['old']))
        return clock.sleep(ms, signal)
      },
    },
  })
  expect(outcome).toBe('done')
  expect(lines).toEqual([expect.stringContaining('the-killed-one')])
})

test('a rollout that has ended is in the way of no other', async () => {
  const { run } = createRolloutWorld(five)
  for (const holder of ['me', 'somebody']) expect((await run({ holder })).outcome).toBe('done')
})

test('as many nodes may fail as the options allow, and the others get their label', async () => {
  const { run, labels } = createRolloutWorld(five)
  const { nodes } = await run({ maxFailures: 1 }, ['b'])
  expect(nodes.map(({ progress }) => progress)).toEqual(['done', 'failed', 'done', 'done', 'done'])
  expect(labels()).toEqual(new Set(['new']))
})

test('a rollout goes on when the API server is back, and its log has the reason', async () => {
  const { run, cluster } = createRolloutWorld(five)
  const lines: string[] = []
  cluster.isDown = true
  const { outcome } = await run({
    log: (line) => {
      lines.push(line)
      cluster.isDown = false
    },
  })
  expect(outcome).toBe('done')
  expect(lines).toEqual([expect.stringContaining('the API server is down')])
})

test('a node that changes after a rollout has read it is read again before it gets its label', async () => {
  const { run, cluster, steps } = createRolloutWorld(['a'])
  const list = cluster.list.bind(cluster)
  let looks = 0
  cluster.list = async (...args) => {
    const found = await list(...args)
    looks += 1
    if (looks === 1)
      cluster.edit('nodes', 'a', (node) => ({
        ...node,
        spec: { ...Object(node['spec']), unschedulable: true },
      }))
    return found
  }
  const lines: string[] = []
  expect((await run({ log: (line) => lines.push(line) })).outcome).toBe('done')
  expect(lines).toEqual([expect.stringContaining('has changed')])
  expect(steps.flatMap(({ start }) => start)).toEqual(['a'])
})

test('a rollout whose selector finds no node fails, and names the selector', async () => {
  const { run } = createRolloutWorld([])
  const error = await rejectionOf(run({ labelSelector: 'pool=inference' }))
  expect(error.code).toBe('MIG_ROLLOUT_INCOMPLETE')
  expect(error.message).toMatch(/pool=inference/)
})

/** Runs with a selector that finds some of the nodes, after so many looks. */
function losing(world: RolloutWorld, isFound: (name: string, look: number) => boolean) {
  const { cluster, run } = world
  const list = cluster.list.bind(cluster)
  let looks = 0
  cluster.list = async (...args) => {
    const found = await list(...args)
    looks += 1
    return {
      ...found,
      items: found.items.filter((node) => isFound(node.metadata.name ?? '', looks)),
    }
  }
  const lines: string[] = []
  return { lines, ended: run({ labelSelector: 'pool=x', log: (line) => lines.push(line) }) }
}

test('a rollout whose nodes lose their labels before it comes to them fails, and names them', async () => {
  const world = createRolloutWorld(five)
  const { ended } = losing(world, (name, look) => look < 3 || name < 'c')
  const error = await rejectionOf(ended)
  expect(error.code).toBe('MIG_ROLLOUT_INCOMPLETE')
  expect(error.message).toMatch(/lost the labels pool=x .*: c, d, e$/)
  const nodes = world.steps.at(-1)?.nodes ?? []
  expect(nodes.filter(({ progress }) => progress === 'done').map(({ name }) => name)).toContain('a')
})

test('a rollout waits for a node that loses its labels while its agent works, and begins no further one meanwhile', async () => {
  const world = createRolloutWorld(['a', 'b'])
  const { ended } = losing(world, (name, look) => look === 1 || name !== 'a')
  expect((await ended).outcome).toBe('done')
  const begun = world.steps.find(({ start }) => start.includes('b'))
  expect(begun?.nodes.find(({ name }) => name === 'a')?.progress).toBe('done')
})

test('a rollout goes on without a node that is removed from the cluster, and its log names the node', async () => {
  const world = createRolloutWorld(five)
  const { ended, lines } = losing(world, (_name, look) => {
    if (look === 2) world.cluster.drop('nodes', 'e')
    return true
  })
  const { outcome, nodes } = await ended
  expect([outcome, nodes.length]).toEqual(['done', 4])
  expect(lines).toEqual([expect.stringMatching(/node e is no longer in the cluster/)])
})

test('what an agent said of another configuration is no success of this one', () => {
  const labels = { 'nvidia.com/mig.config': 'new' }
  const old = afterRun(rolloutNode('a'), 'success')
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
          const bare = rolloutNode(`n${index}`, ready)
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
