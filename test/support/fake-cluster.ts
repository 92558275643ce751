import { MigError } from '../../lib/errors.js'
import type {
  ClusterChange,
  ClusterClient,
  ClusterEvent,
  ClusterMetadata,
  ClusterObject,
  ClusterObjectName,
} from '../../types/kubernetes/cluster-client.js'
import type { MigCode } from '../../types/model/errors.js'
import { patched } from './json-patch.js'

/** How many pods with a label may be evicted now, as the disruption controller counts them. */
export interface FakeBudget {
  readonly namespace: string
  readonly label: string
  allowed: number
}

/** An API server in memory, with the rules that matter: versions, tests of patches, budgets, watches. */
export interface FakeCluster extends ClusterClient {
  /** What has been recorded for people. */
  readonly events: ClusterEvent[]
  readonly budgets: FakeBudget[]
  /** Evictions that were not tries, as `namespace/name`. */
  readonly evicted: string[]
  /** No call succeeds meanwhile. */
  isDown: boolean
  /** Called before each call; what it throws, the call throws. */
  beforeCall: (name: string) => void
  put(resource: string, object: ClusterObject): void
  find(resource: string, name: string, namespace?: string): ClusterObject | undefined
  all(resource: string): readonly ClusterObject[]
  /** As another client of the cluster. */
  edit(resource: string, name: string, change: (object: ClusterObject) => ClusterObject): void
  drop(resource: string, name: string, namespace?: string): void
}

export function createFakeCluster(): FakeCluster {
  const objects = new Map<string, ClusterObject>()
  const watchers = new Set<(change: ClusterChange, key: string) => void>()
  let version = 1
  let leaseHolder: string | null = null
  const keyOf = (resource: string, name: string, namespace = ''): string =>
    [resource, namespace, name].join('|')
  const fail = (code: MigCode, status: number, message: string): never => {
    throw new MigError(code, message, { cluster: { status, reason: null, retryAfterMs: null } })
  }

  function store(key: string, object: ClusterObject): ClusterObject {
    version += 1
    const isNew = !objects.has(key)
    const metadata: ClusterMetadata = { ...object.metadata, resourceVersion: String(version) }
    const stored = { ...structuredClone(object), metadata }
    objects.set(key, stored)
    for (const tell of watchers) tell({ kind: isNew ? 'added' : 'modified', object: stored }, key)
    return structuredClone(stored)
  }

  function begin(name: string): void {
    fake.beforeCall(name)
    if (fake.isDown) fail('MIG_CLUSTER_UNAVAILABLE', 503, `${name}: the API server is down`)
  }

  function need({ resource, name, namespace }: ClusterObjectName): [string, ClusterObject] {
    const key = keyOf(resource, name, namespace)
    const object = objects.get(key) ?? fail('MIG_CLUSTER_NOT_FOUND', 404, `no ${key}`)
    return [key, object]
  }

  const fake: FakeCluster = {
    events: [],
    budgets: [],
    evicted: [],
    isDown: false,
    beforeCall: () => {},
    put(resource, object) {
      const { name = '', namespace } = object.metadata
      store(keyOf(resource, name, namespace), object)
    },
    find: (resource, name, namespace) => objects.get(keyOf(resource, name, namespace)),
    all: (resource) =>
      [...objects].filter(([key]) => key.startsWith(`${resource}|`)).map(([, object]) => object),
    edit(resource, name, change) {
      const [key, object] = need({ apiVersion: 'v1', resource, name })
      store(key, change(structuredClone(object)))
    },
    drop(resource, name, namespace) {
      const key = keyOf(resource, name, namespace)
      const object = objects.get(key)
      objects.delete(key)
      if (object !== undefined) for (const tell of watchers) tell({ kind: 'deleted', object }, key)
    },

    async get({ resource, name, namespace }) {
      begin('get')
      return structuredClone(objects.get(keyOf(resource, name, namespace))) ?? null
    },
    async list({ resource }, { fieldSelector = '' } = {}) {
      begin('list')
      const node = /^spec\.nodeName=(.*)$/.exec(fieldSelector)?.[1]
      const items = fake
        .all(resource)
        .filter((object) => node === undefined || nodeNameOf(object) === node)
      return { items: structuredClone(items), resourceVersion: String(version) }
    },
    async *watch({ resource }, { signal, fieldSelector = '' }) {
      begin('watch')
      const name = /^metadata\.name=(.*)$/.exec(fieldSelector)?.[1] ?? ''
      const waiting: ClusterChange[] = []
      let wake = (): void => {}
      const listen = (change: ClusterChange, key: string): void => {
        if (key !== keyOf(resource, name)) return
        waiting.push(structuredClone(change))
        wake()
      }
      watchers.add(listen)
      signal.addEventListener('abort', () => wake())
      try {
        const object = objects.get(keyOf(resource, name))
        yield { kind: 'listed', items: object === undefined ? [] : [structuredClone(object)] }
        while (!signal.aborted) {
          const next = waiting.shift()
          if (next !== undefined) yield next
          else
            await new Promise<void>((resolve) => {
              wake = resolve
            })
        }
      } finally {
        watchers.delete(listen)
      }
    },
    async create({ resource, namespace }, object) {
      begin('create')
      const key = keyOf(resource, object.metadata.name ?? '', namespace)
      if (objects.has(key)) fail('MIG_CLUSTER_CONFLICT', 409, `${key} exists`)
      return store(key, object)
    },
    async patch(name, operations) {
      begin('patch')
      const [key, object] = need(name)
      const after = patched(object, operations)
      return after === undefined
        ? fail('MIG_CLUSTER_CONFLICT', 422, 'a test of the patch does not hold')
        : store(key, after)
    },
    /** Only labels are merged. */
    async merge(name, patch, { resourceVersion } = {}) {
      begin('merge')
      const [key, object] = need(name)
      if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion)
        fail('MIG_CLUSTER_CONFLICT', 409, `${key} has changed`)
      const { metadata } = patch as { readonly metadata: ClusterMetadata }
      const labels = { ...object.metadata.labels, ...metadata.labels }
      return store(key, { ...object, metadata: { ...object.metadata, labels } })
    },
    /** Only the conditions of a node are applied. */
    async apply(name, fields) {
      begin('apply')
      const [key, object] = need(name)
      const [condition] = conditionsOf(fields)
      const others = conditionsOf(object).filter(({ type }) => type !== condition?.type)
      const status = { ...Object(object['status']), conditions: [...others, condition] }
      return store(key, { ...object, status })
    },
    async remove({ resource, name, namespace }) {
      begin('remove')
      fake.drop(resource, name, namespace)
      return true
    },
    async evict(pod, { uid, dryRun = false } = {}) {
      begin('evict')
      const found = fake.find('pods', pod.name, pod.namespace)
      if (found === undefined || found.metadata.uid !== uid)
        return { outcome: 'absent', reason: null, retryAfterMs: null }
      const budget = fake.budgets.find(
        ({ namespace, label }) =>
          namespace === pod.namespace && found.metadata.labels?.['app'] === label,
      )
      if (budget !== undefined && budget.allowed <= 0)
        return {
          outcome: 'blocked',
          reason: "Cannot evict pod as it would violate the pod's disruption budget.",
          retryAfterMs: 10_000,
        }
      if (dryRun) return { outcome: 'evicted', reason: null, retryAfterMs: null }
      if (budget !== undefined) budget.allowed -= 1
      fake.evicted.push(`${pod.namespace}/${pod.name}`)
      const key = keyOf('pods', pod.name, pod.namespace)
      store(key, {
        ...found,
        metadata: { ...found.metadata, deletionTimestamp: '2026-11-29T00:00:00Z' },
      })
      return { outcome: 'evicted', reason: null, retryAfterMs: null }
    },
    async holdLease(_, { holder }) {
      begin('lease')
      leaseHolder ??= holder
      return { held: leaseHolder === holder, holder: leaseHolder, renewTime: null }
    },
    async releaseLease(_, { holder }) {
      if (leaseHolder === holder) leaseHolder = null
    },
    async recordEvent(event) {
      begin('event')
      fake.events.push(event)
    },
  }
  return fake
}

function nodeNameOf(object: ClusterObject): unknown {
  return Reflect.get(Object(object['spec']), 'nodeName')
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

export function conditionsOf(object: object): readonly Condition[] {
  const status = Object(Reflect.get(object, 'status')) as { conditions?: readonly Condition[] }
  return status.conditions ?? []
}
