import { expect, test } from 'vitest'
import type { ClusterChange, ClusterClient } from '../../types/kubernetes/cluster-client.js'
import { rejectionOf } from './errors.js'

/** A cluster that can be prepared for the rules below. */
export interface RulesWorld {
  readonly client: ClusterClient
  putNode(name: string): Promise<void>
  /** As another client: the node has a new version after it. */
  labelNode(name: string, label: string, value: string): Promise<void>
  /** A pod that runs on a node, with the label `app`. The result is its uid. */
  putPod(name: string, node: string, app: string): Promise<string>
  /** A budget for the pods of an app, which the API server knows. */
  putBudget(app: string, allowed: 0 | 1): Promise<void>
  hasPod(name: string): Promise<boolean>
}

const nodes = { apiVersion: 'v1', resource: 'nodes' }
const namespace = 'default'

/** What the agent relies on. The fake of the unit tests and the real API server have to pass the same. */
export function testClusterRules(world: () => RulesWorld): void {
  test('an object that is not there is null to get, and an error to patch', async () => {
    const { client } = world()
    const nobody = { ...nodes, name: 'nobody' }
    expect(await client.get(nobody)).toBeNull()
    const patch = client.patch(nobody, [{ op: 'add', path: '/metadata/labels', value: {} }])
    expect((await rejectionOf(patch)).code).toBe('MIG_CLUSTER_NOT_FOUND')
  })

  test('a JSON patch whose test of the version does not hold is a conflict, and changes nothing', async () => {
    const { client, putNode, labelNode } = world()
    await putNode('versions')
    const object = { ...nodes, name: 'versions' }
    const value = (await client.get(object))?.metadata.resourceVersion
    const operations = [
      { op: 'test', path: '/metadata/resourceVersion', value },
      { op: 'add', path: '/metadata/annotations/a.test~1ours', value: 'yes' },
    ] as const
    await client.patch(object, operations)
    await labelNode('versions', 'a.test/theirs', 'yes')
    const late = client.patch(object, [
      operations[0],
      { op: 'remove', path: '/metadata/annotations/a.test~1ours' },
    ])
    expect((await rejectionOf(late)).code).toBe('MIG_CLUSTER_CONFLICT')
    const { metadata } = (await client.get(object)) ?? {}
    expect(metadata?.annotations?.['a.test/ours']).toBe('yes')
    expect(metadata?.labels?.['a.test/theirs']).toBe('yes')
  })

  test('an applied condition replaces the one of its type, and no other', async () => {
    const { client, putNode } = world()
    await putNode('conditions')
    const object = { ...nodes, name: 'conditions' }
    for (const status of ['False', 'True'])
      await client.apply(
        object,
        {
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name: 'conditions' },
          status: {
            conditions: [
              {
                type: 'MigConfigured',
                status,
                reason: 'Tried',
                message: 'a test',
                lastHeartbeatTime: '2026-01-01T00:00:00Z',
                lastTransitionTime: '2026-01-01T00:00:00Z',
              },
            ],
          },
        },
        { fieldManager: 'mig-nvml-agent', force: true, subresource: 'status' },
      )
    const status = (await client.get(object))?.['status'] as {
      readonly conditions: readonly { readonly type: string; readonly status: string }[]
    }
    const found = (type: string): unknown[] =>
      status.conditions.filter((each) => each.type === type).map((each) => each.status)
    expect(found('MigConfigured')).toEqual(['True'])
    expect(found('Ready')).toEqual(['True'])
  })

  test('a watch of one node lists it, then reports its changes and those of no other node', async () => {
    const { client, putNode, labelNode } = world()
    await putNode('watched')
    await putNode('other')
    const controller = new AbortController()
    const { signal } = controller
    const seen: ClusterChange[] = []
    const fieldSelector = 'metadata.name=watched'
    for await (const change of client.watch(nodes, { fieldSelector, signal })) {
      seen.push(change)
      if (seen.length === 1) {
        await labelNode('other', 'a.test/step', '0')
        await labelNode('watched', 'a.test/step', '1')
      }
      if (labelOf(change) === '1') controller.abort()
    }
    expect(seen[0]).toMatchObject({ kind: 'listed', items: [{ metadata: { name: 'watched' } }] })
    const changed = seen.flatMap((change) => ('object' in change ? [change.object] : []))
    expect(changed.every(({ metadata }) => metadata.name === 'watched')).toBe(true)
    expect(labelOf(seen.at(-1))).toBe('1')
  })

  test('the pods of a node are listed without those of others', async () => {
    const { client, putNode, putPod } = world()
    await putNode('left')
    await putNode('right')
    await putPod('on-left', 'left', 'a')
    await putPod('on-right', 'right', 'a')
    const { items } = await client.list(
      { apiVersion: 'v1', resource: 'pods' },
      { fieldSelector: 'spec.nodeName=left' },
    )
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['on-left'])
  })

  test('an applied slice is listed for its node and driver alone, with its taints, and a dry run leaves it as it is', async () => {
    const { client } = world()
    const slices = { apiVersion: 'resource.k8s.io/v1', resource: 'resourceslices' }
    const taint = { key: 'a.test/xid', value: '94', effect: 'NoSchedule' }
    const apply = (name: string, where: object, taints: readonly object[], dryRun = false) => {
      const pool = { name, generation: 1, resourceSliceCount: 1 }
      const fields = {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceSlice',
        metadata: { name },
        spec: { ...where, pool, devices: [{ name: 'gpu-0', taints }] },
      }
      return client.apply({ ...slices, name }, fields, {
        fieldManager: 'mig-nvml',
        force: true,
        dryRun,
      })
    }
    await apply('ours', { nodeName: 'left', driver: 'a.test' }, [])
    await apply('of-another-node', { nodeName: 'right', driver: 'a.test' }, [])
    await apply('of-another-driver', { nodeName: 'left', driver: 'b.test' }, [])
    const tried = await apply('ours', { nodeName: 'left', driver: 'a.test' }, [taint], true)
    expect(tried['spec']).toMatchObject({ devices: [{ taints: [taint] }] })
    const listed = async (): Promise<readonly unknown[]> => {
      const fieldSelector = 'spec.nodeName=left,spec.driver=a.test'
      const { items } = await client.list(slices, { fieldSelector })
      return items.map(({ metadata: { name }, spec }) => {
        const [{ taints = [] } = {}] = Object(spec).devices
        return [name, taints.length]
      })
    }
    expect(await listed()).toEqual([['ours', 0]])
    await apply('ours', { nodeName: 'left', driver: 'a.test' }, [taint])
    expect(await listed()).toEqual([['ours', 1]])
  })

  test('an eviction is blocked, allowed, tried or too late, as the budget and the uid say', async () => {
    const { client, putNode, putPod, putBudget, hasPod } = world()
    await putNode('evictions')
    const free = await putPod('free', 'evictions', 'free')
    const guarded = await putPod('guarded', 'evictions', 'guarded')
    await putBudget('guarded', 0)
    const evict = async (name: string, uid: string, dryRun = false): Promise<string> =>
      (await client.evict({ namespace, name }, { uid, dryRun })).outcome
    expect(await evict('guarded', guarded, true)).toBe('blocked')
    expect(await evict('guarded', guarded)).toBe('blocked')
    expect(await evict('free', free, true)).toBe('evicted')
    expect(await hasPod('free')).toBe(true)
    expect(await evict('free', guarded)).toBe('absent')
    expect(await hasPod('free')).toBe(true)
    expect(await evict('nobody', free)).toBe('absent')
    expect(await evict('free', free)).toBe('evicted')
  })
}

function labelOf(change: ClusterChange | undefined): string | undefined {
  return change !== undefined && 'object' in change
    ? change.object.metadata.labels?.['a.test/step']
    : undefined
}
