import { describe, expect, test } from 'vitest'
import { followNode } from '../../../lib/agent/loop/follow-node.js'
import { loadRecord, saveRecord } from '../../../lib/agent/loop/node-record.js'
import type { NodeAgentOptions } from '../../../lib/agent/node/context.js'
import { formatRecord, noRecord } from '../../../lib/kubernetes/agent/record.js'
import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import { reasonOf } from '../../support/errors.js'
import { conditionsOf, createFakeCluster, type FakeCluster } from '../../support/fake-cluster.js'

const time = '2026-11-29T00:00:00.000Z'
const record: AgentRecord = {
  ...noRecord,
  run: 1,
  config: 'halves',
  step: 'apply',
  state: 'pending',
  runSince: time,
  stepSince: time,
}

/** A node, and an agent's options for it with a clock that only notes how long somebody sleeps. */
function createWorld(annotations: Readonly<Record<string, string>> = {}) {
  const cluster: FakeCluster = createFakeCluster()
  cluster.put('nodes', {
    metadata: { name: 'node-1', annotations, labels: {} },
    spec: {},
    status: { conditions: [] },
  })
  const [sleeps, lines]: [number[], string[]] = [[], []]
  const controller = new AbortController()
  let now = Date.parse(time)
  const options = {
    node: 'node-1',
    cluster,
    settings: {},
    signal: controller.signal,
    log: (line: string) => lines.push(line),
    clock: {
      now: () => now,
      async sleep(ms: number) {
        sleeps.push(ms)
      },
    },
  } as unknown as NodeAgentOptions
  return {
    cluster,
    sleeps,
    lines,
    options,
    controller,
    pass(ms: number): void {
      now += ms
    },
    condition: () => conditionsOf(cluster.find('nodes', 'node-1') ?? {}) as readonly object[],
  }
}

describe('the record of a node', () => {
  test('is an empty one at first, the written one later, and an empty one with a word about it where it makes no sense', async () => {
    expect(await loadRecord(createWorld().options)).toEqual(noRecord)
    const written = createWorld({ 'mig-nvml/agent': formatRecord(record) })
    expect(await loadRecord(written.options)).toEqual(record)
    expect(written.lines).toEqual([])
    const damaged = createWorld({ 'mig-nvml/agent': '{' })
    expect(await loadRecord(damaged.options)).toEqual(noRecord)
    expect(damaged.lines).toEqual(['the annotation mig-nvml/agent makes no sense: starting anew'])
  })

  test('is read again after a failure, at longer and longer distances up to half a minute', async () => {
    const { cluster, options, sleeps, lines } = createWorld()
    let failures = 8
    cluster.beforeCall = () => {
      if (failures-- > 0) throw cluster.failure(0)
    }
    await loadRecord(options)
    expect(sleeps).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
    expect(lines).toHaveLength(8)
    expect(lines[0]).toBe('cannot read the node: the API server answers 503; trying again')
  })

  test('of a node that the cluster does not have is waited for', async () => {
    const { cluster, options, lines } = createWorld()
    cluster.drop('nodes', 'node-1')
    let calls = 0
    cluster.beforeCall = () => {
      if (++calls === 3) cluster.put('nodes', { metadata: { name: 'node-1' } })
    }
    expect(await loadRecord(options)).toEqual(noRecord)
    expect(lines).toEqual(
      Array(2).fill('cannot read the node: the cluster has no node node-1; trying again'),
    )
  })

  test('is written with its condition, and neither is written again while it is the same', async () => {
    const { cluster, options, condition, pass } = createWorld()
    const calls: string[] = []
    cluster.beforeCall = (name) => {
      calls.push(name)
    }
    const saved = await saveRecord(options, record)
    expect(saved).toEqual(record)
    expect(await loadRecord(options)).toEqual(record)
    expect(condition()).toEqual([
      {
        type: 'MigConfigured',
        status: 'False',
        reason: 'Apply',
        message: 'the MIG configuration "halves": changing the layout',
        lastHeartbeatTime: '2026-11-29T00:00:00Z',
        lastTransitionTime: '2026-11-29T00:00:00Z',
      },
    ])
    calls.length = 0
    pass(60_000)
    await saveRecord(options, saved)
    expect(calls).toEqual(['get'])
  })

  test('keeps the time of the last transition while the status of the condition stays', async () => {
    const { options, condition, pass } = createWorld()
    await saveRecord(options, record)
    pass(60_000)
    await saveRecord(options, { ...record, step: 'verify' })
    expect(condition()).toMatchObject([
      {
        reason: 'Verify',
        lastTransitionTime: '2026-11-29T00:00:00Z',
        lastHeartbeatTime: '2026-11-29T00:01:00Z',
      },
    ])
    pass(60_000)
    await saveRecord(options, { ...record, step: 'idle', state: 'success' })
    expect(condition()).toMatchObject([
      { status: 'True', lastTransitionTime: '2026-11-29T00:02:00Z' },
    ])
  })

  test('stands although its condition cannot be written, and that is said', async () => {
    const { cluster, options, lines } = createWorld()
    cluster.beforeCall = (name) => {
      if (name === 'apply') throw cluster.failure(2)
    }
    expect(await saveRecord(options, record)).toEqual(record)
    expect(await loadRecord(options)).toEqual(record)
    expect(lines).toEqual(['cannot write the condition MigConfigured: the API server answers 403'])
  })

  test('is written at once after a conflict, and after ten in a row with a pause', async () => {
    const { cluster, options, sleeps } = createWorld()
    let conflicts = 0
    cluster.beforeCall = (name) => {
      if (name !== 'patch' || ++conflicts > 11) return
      cluster.edit('nodes', 'node-1', (node) => ({
        ...node,
        metadata: { ...node.metadata, labels: { count: `${conflicts}` } },
      }))
    }
    expect(await saveRecord(options, record)).toEqual(record)
    expect(conflicts).toBe(12)
    expect(sleeps).toEqual([1000, 2000])
  })

  test('is not written any more once the agent ends', async () => {
    const { cluster, options, controller, lines } = createWorld()
    cluster.beforeCall = () => {
      controller.abort(new Error('the agent ends'))
      throw cluster.failure(0)
    }
    expect(String(await reasonOf(saveRecord(options, record)))).toContain('the agent ends')
    expect(lines).toEqual([])
  })
})

describe('a node that is followed', () => {
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  }
  const change = (cluster: FakeCluster, metadata: object, status?: object): void =>
    cluster.edit('nodes', 'node-1', (node) => ({
      ...node,
      metadata: { ...node.metadata, ...metadata },
      ...(status === undefined ? {} : { status }),
    }))

  test('has the label that it has now, and wakes for a change of the label, its configurations and its resources alone', async () => {
    const { cluster, options, controller } = createWorld()
    let wakes = 0
    const node = followNode(options, () => {
      wakes++
    })
    expect([node.label(), node.annotations()]).toEqual([undefined, undefined])
    await turns()
    expect([node.label(), node.annotations(), wakes]).toEqual([null, {}, 1])
    change(cluster, { labels: { 'nvidia.com/mig.config': 'halves' } })
    await turns()
    expect([node.label(), wakes]).toEqual(['halves', 2])
    // mig-manager ignores an empty label as well.
    change(cluster, { labels: { 'nvidia.com/mig.config': '' } })
    await turns()
    expect([node.label(), wakes]).toEqual([null, 3])
    change(cluster, { labels: { other: '1' }, annotations: { other: '1' } })
    await turns()
    expect([node.annotations(), wakes]).toEqual([{ other: '1' }, 3])
    change(cluster, { annotations: { 'mig-nvml/configs': 'text' } })
    await turns()
    expect(wakes).toBe(4)
    node.hasOtherResources()
    expect(node.hasOtherResources()).toBe(false)
    change(cluster, {}, { allocatable: { 'nvidia.com/mig-1g.5gb': '7', cpu: '8' } })
    await turns()
    expect([wakes, node.hasOtherResources(), node.hasOtherResources()]).toEqual([5, true, false])
    change(cluster, {}, { allocatable: { 'nvidia.com/mig-1g.5gb': '7', cpu: '4' } })
    await turns()
    expect([wakes, node.hasOtherResources()]).toEqual([5, false])
    cluster.drop('nodes', 'node-1')
    await turns()
    expect(wakes).toBe(5)
    controller.abort()
  })

  test('whose watch is interrupted is followed on, and the reason is said', async () => {
    const { cluster, options, controller, lines } = createWorld()
    const { watch } = cluster
    cluster.watch = async function* (collection, how) {
      yield { kind: 'interrupted', error: new Error('the connection broke'), retryMs: 500 }
      yield* watch(collection, how)
    }
    const node = followNode(options, () => {})
    await turns()
    expect(node.label()).toBeNull()
    expect(lines).toEqual(['the watch of the node: the connection broke'])
    controller.abort()
  })

  test('is followed again some seconds after its watch has failed, and the reason is said', async () => {
    const { cluster, options, controller, lines, sleeps } = createWorld()
    let failures = 1
    cluster.beforeCall = (name) => {
      if (name === 'watch' && failures-- > 0) throw cluster.failure(2)
    }
    const node = followNode(options, () => {})
    await turns()
    expect(node.label()).toBeNull()
    expect(lines).toEqual(['cannot watch the node: the API server answers 403; trying again'])
    expect(sleeps).toEqual([5000])
    controller.abort()
    await turns()
    expect(lines).toHaveLength(1)
  })
})
