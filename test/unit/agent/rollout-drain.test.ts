import { expect, test } from 'vitest'
import { reasonOf } from '../../support/errors.js'
import { createRolloutWorld, foreignTaint, type RolloutWorld } from '../../support/rollout-world.js'

/** Each rollout here empties its nodes, unless its options say otherwise. */
function createWorld(names: readonly string[]): RolloutWorld {
  const world = createRolloutWorld(names)
  return {
    ...world,
    run: (options, failing) => world.run({ drain: true, ...options }, failing),
  }
}

const daemon = { ownerReferences: [{ kind: 'DaemonSet', name: 'agent', controller: true }] }
const kept = 'of-another=x:NoExecute'
const ours = 'mig-nvml/maintenance=new:NoSchedule'

test('each node is tainted, emptied and changed in this order, and its taint goes before the next one begins', async () => {
  const { run, addPod, story, steps, taints } = createWorld(['a', 'b'])
  addPod('a', 'one')
  addPod('b', 'two')
  const { outcome } = await run()
  expect(outcome).toBe('done')
  expect(story).toEqual([
    'evict one, a has 2 taints',
    'work on a with 0 pods and 2 taints',
    'evict two, b has 2 taints',
    'work on b with 0 pods and 2 taints',
  ])
  for (const { nodes } of steps)
    expect(nodes.filter(({ isTainted }) => isTainted).length).toBeLessThan(2)
  expect([taints('a'), taints('b')]).toEqual([[kept], [kept]])
})

test('pods of DaemonSets, those that the kubelet runs from files, and those that have ended stay', async () => {
  const { run, addPod, cluster } = createWorld(['a'])
  addPod('a', 'agent', daemon)
  addPod('a', 'mirror', { annotations: { 'kubernetes.io/config.mirror': 'x' } })
  cluster.put('pods', {
    metadata: { namespace: 'team-a', name: 'ended', uid: 'uid-ended' },
    spec: { nodeName: 'a' },
    status: { phase: 'Succeeded' },
  })
  expect((await run()).outcome).toBe('done')
  expect(cluster.evicted).toEqual([])
})

test('a budget that allows nothing is waited for, with its reason, and no other pod of the node goes meanwhile', async () => {
  const { run, addPod, cluster, steps } = createWorld(['a'])
  addPod('a', 'one')
  addPod('a', 'two')
  const budget = { namespace: 'team-a', label: 'two', allowed: 0 }
  cluster.budgets.push(budget)
  let looks = 0
  await run({
    onStep: (step) => {
      steps.push(step)
      looks += 1
      if (looks < 6) expect(cluster.evicted).toEqual([])
      else budget.allowed = 1
    },
  })
  expect(steps[3]?.nodes[0]).toMatchObject({ progress: 'draining' })
  expect(steps[3]?.nodes[0]?.reason).toMatch(
    /team-a\/two; its PodDisruptionBudget allows no eviction/,
  )
  expect([...cluster.evicted].sort()).toEqual(['team-a/one', 'team-a/two'])
})

test('a node that cannot be emptied in time is given back as it was, and the rollout stops with the reason', async () => {
  const { run, addPod, cluster, taints } = createWorld(['a', 'b'])
  addPod('a', 'one', { annotations: { 'mig-nvml/evict': 'false' } })
  const { outcome, nodes } = await run({ drainMs: 60_000 })
  expect(outcome).toBe('stopped')
  expect(nodes.map(({ progress }) => progress)).toEqual(['failed', 'todo'])
  expect(nodes[0]?.reason).toMatch(/could not be emptied within 60 s: .*team-a\/one.*forbids/)
  expect(cluster.find('nodes', 'a')?.metadata.labels?.['nvidia.com/mig.config']).toBe('old')
  expect(taints('a')).toEqual([kept])
})

test('the taint goes after a failure of the agent as well', async () => {
  const { run, taints } = createWorld(['a', 'b'])
  expect((await run({}, ['a'])).outcome).toBe('stopped')
  expect([taints('a'), taints('b')]).toEqual([[kept], [kept]])
})

test('a rollout that is stopped in the middle takes its taint away', async () => {
  const { run, addPod, cluster, taints } = createWorld(['a'])
  addPod('a', 'one')
  cluster.budgets.push({ namespace: 'team-a', label: 'one', allowed: 0 })
  const abort = new AbortController()
  let seen: readonly string[] = []
  await reasonOf(
    run({
      signal: abort.signal,
      onStep: ({ nodes: [node] }) => {
        if (node?.progress !== 'draining') return
        seen = taints('a')
        abort.abort(new Error('the test ends it'))
      },
    }),
  )
  expect(seen).toContain(ours)
  expect(taints('a')).toEqual([kept])
})

test('a rollout that was killed goes on with the node that it had tainted', async () => {
  const { run, addPod, cluster, story, taints } = createWorld(['a', 'b'])
  const spec = {
    taints: [foreignTaint, { key: 'mig-nvml/maintenance', value: 'new', effect: 'NoSchedule' }],
  }
  cluster.edit('nodes', 'b', (node) => ({ ...node, spec }))
  addPod('b', 'two')
  expect((await run()).outcome).toBe('done')
  expect(story.map((line) => line.split(' with')[0])).toEqual([
    'evict two, b has 2 taints',
    'work on b',
    'work on a',
  ])
  expect([taints('a'), taints('b')]).toEqual([[kept], [kept]])
})

test('the taint that a killed rollout of another configuration has left goes, also without a drain', async () => {
  for (const drain of [true, false]) {
    const { run, cluster, taints } = createWorld(['a', 'b'])
    const spec = {
      taints: [
        { key: 'mig-nvml/maintenance', value: 'of-before', effect: 'NoSchedule' },
        foreignTaint,
      ],
    }
    cluster.edit('nodes', 'b', (node) => ({ ...node, spec }))
    expect((await run({ drain })).outcome).toBe('done')
    expect([taints('a'), taints('b')]).toEqual([[kept], [kept]])
  }
})

test('a dry run of a drain taints nothing and evicts nothing', async () => {
  const { run, addPod, cluster, taints } = createWorld(['a'])
  addPod('a', 'one')
  expect((await run({ dryRun: true })).start).toEqual(['a'])
  expect(cluster.evicted).toEqual([])
  expect(taints('a')).toEqual([kept])
})
