import { MigError } from '../../lib/errors.js'
import type {
  ClusterChange,
  ClusterClient,
  ClusterEvent,
  ClusterMetadata,
  ClusterObject,
  ClusterObjectName,
} from '../../types/kubernetes/cluster-client.js'
import type { ResourceSlice } from '../../types/kubernetes/dra/objects.js'
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
  /** The grace periods of these, in seconds; undefined: what the pod says. */
  readonly gracePeriods: (number | undefined)[]
  /** Resources that the caller may not read. */
  readonly unreadable: Set<string>
  /** Whether it knows taints of devices, as with the feature gate DRADeviceTaints; else it drops them. Default true. */
  keepsTaints: boolean
  /** No call succeeds meanwhile. */
  isDown: boolean
  /** What a call can fail with, by number: 503, 429, 403, a cut connection. */
  failure(kind: number): MigError
  /** Called before each call, which waits for it; what it throws, the call throws. The signal is that of the call. */
  beforeCall: (name: string, signal?: AbortSignal) => unknown
  /** Called when a call has had its effect, and its answer is under way. */
  afterCall: (name: string, signal?: AbortSignal) => unknown
  put(resource: string, object: ClusterObject): void
  find(resource: string, name: string, namespace?: string): ClusterObject | undefined
  all(resource: string): readonly ClusterObject[]
  /** As another client of the cluster. */
  edit(resource: string, name: string, change: (object: ClusterObject) => ClusterObject): void
  drop(resource: string, name: string, namespace?: string): void
  /** The holder of the Lease has not renewed it for its duration. */
  loseLease(): void
}

const failures = [
  ['MIG_CLUSTER_UNAVAILABLE', 503],
  ['MIG_CLUSTER_UNAVAILABLE', 429],
  ['MIG_CLUSTER_FORBIDDEN', 403],
  ['MIG_CLUSTER_UNAVAILABLE', null],
] as const

export function createFakeCluster(): FakeCluster {
  const objects = new Map<string, ClusterObject>()
  const watchers = new Set<(change: ClusterChange, key: string) => void>()
  let version = 1
  let leaseHolder: string | null = null
  let renewals = 0
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

  async function begin(name: string, signal?: AbortSignal): Promise<void> {
    await fake.beforeCall(name, signal)
    if (fake.isDown) fail('MIG_CLUSTER_UNAVAILABLE', 503, `${name}: the API server is down`)
  }

  function through<Args extends readonly unknown[], Result>(
    name: string,
    call: (...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result> {
    return async (...args) => {
      // The options of each call are its last argument.
      const { signal } = Object(args.at(-1)) as { readonly signal?: AbortSignal }
      await begin(name, signal)
      const result = await call(...args)
      await fake.afterCall(name, signal)
      return result
    }
  }

  function need({ resource, name, namespace }: ClusterObjectName): [string, ClusterObject] {
    const key = keyOf(resource, name, namespace)
    const object = objects.get(key) ?? fail('MIG_CLUSTER_NOT_FOUND', 404, `no ${key}`)
    return [key, object]
  }

  const calls: ClusterClient = {
    async get({ resource, name, namespace }) {
      if (fake.unreadable.has(resource))
        fail('MIG_CLUSTER_FORBIDDEN', 403, `get ${resource}: the role lacks it`)
      return structuredClone(objects.get(keyOf(resource, name, namespace))) ?? null
    },
    async list({ resource }, { fieldSelector } = {}) {
      if (fake.unreadable.has(resource))
        fail('MIG_CLUSTER_FORBIDDEN', 403, `list ${resource}: the role lacks it`)
      const items = fake.all(resource).filter(selectedBy(fieldSelector))
      return { items: structuredClone(items), resourceVersion: String(version) }
    },
    async *watch({ resource }, { signal, fieldSelector }) {
      await begin('watch', signal)
      if (fake.unreadable.has(resource))
        fail('MIG_CLUSTER_FORBIDDEN', 403, `watch ${resource}: the role lacks it`)
      const isSelected = selectedBy(fieldSelector)
      const waiting: ClusterChange[] = []
      let wake = (): void => {}
      const listen = (change: ClusterChange, key: string): void => {
        if (!key.startsWith(`${resource}|`)) return
        if (!('object' in change && isSelected(change.object))) return
        waiting.push(structuredClone(change))
        wake()
      }
      watchers.add(listen)
      signal.addEventListener('abort', () => wake())
      try {
        const items = fake.all(resource).filter(isSelected)
        yield { kind: 'listed', items: structuredClone(items) }
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
      const key = keyOf(resource, object.metadata.name ?? '', namespace)
      if (objects.has(key)) fail('MIG_CLUSTER_CONFLICT', 409, `${key} exists`)
      return store(key, object)
    },
    async patch(name, operations) {
      const [key, object] = need(name)
      const after = patched(object, operations)
      return after === undefined
        ? fail('MIG_CLUSTER_CONFLICT', 422, 'a test of the patch does not hold')
        : store(key, after)
    },
    /** Only labels and annotations are merged. */
    async merge(name, patch, { resourceVersion } = {}) {
      const [key, object] = need(name)
      if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion)
        fail('MIG_CLUSTER_CONFLICT', 409, `${key} has changed`)
      const { metadata } = patch as { readonly metadata: ClusterMetadata }
      const merged = (['labels', 'annotations'] as const).flatMap((field) =>
        metadata[field] === undefined
          ? []
          : [[field, { ...object.metadata[field], ...metadata[field] }]],
      )
      const after = { ...object.metadata, ...Object.fromEntries(merged) }
      return store(key, { ...object, metadata: after })
    },
    /** Only the conditions of a node are applied; a slice is replaced as a whole, by its one owner. */
    async apply(name, fields, { dryRun = false }) {
      if (name.resource === 'resourceslices') {
        const slice = fake.keepsTaints ? fields : withoutTaints(fields)
        return dryRun
          ? (structuredClone(slice) as ClusterObject)
          : store(keyOf(name.resource, name.name), slice as ClusterObject)
      }
      const [key, object] = need(name)
      const [condition] = conditionsOf(fields)
      const others = conditionsOf(object).filter(({ type }) => type !== condition?.type)
      const status = { ...Object(object['status']), conditions: [...others, condition] }
      return store(key, { ...object, status })
    },
    async remove({ resource, name, namespace }) {
      fake.drop(resource, name, namespace)
      return true
    },
    async evict(pod, { uid, dryRun = false, gracePeriodSeconds } = {}) {
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
      fake.gracePeriods.push(gracePeriodSeconds)
      const key = keyOf('pods', pod.name, pod.namespace)
      store(key, {
        ...found,
        metadata: { ...found.metadata, deletionTimestamp: '2026-11-29T00:00:00Z' },
      })
      return { outcome: 'evicted', reason: null, retryAfterMs: null }
    },
    async holdLease(_, { holder }) {
      leaseHolder ??= holder
      if (leaseHolder === holder) renewals += 1
      const renewTime = new Date(renewals).toISOString()
      return { held: leaseHolder === holder, holder: leaseHolder, renewTime }
    },
    async releaseLease(_, { holder }) {
      if (leaseHolder === holder) leaseHolder = null
    },
    async recordEvent(event) {
      fake.events.push(event)
    },
  }

  const fake: FakeCluster = {
    ...calls,
    get: through('get', calls.get),
    list: through('list', calls.list),
    create: through('create', calls.create),
    patch: through('patch', calls.patch),
    merge: through('merge', calls.merge),
    apply: through('apply', calls.apply),
    remove: through('remove', calls.remove),
    evict: through('evict', calls.evict),
    holdLease: through('lease', calls.holdLease),
    recordEvent: through('event', calls.recordEvent),
    events: [],
    budgets: [],
    evicted: [],
    gracePeriods: [],
    unreadable: new Set(),
    keepsTaints: true,
    isDown: false,
    failure(kind) {
      const [code, status] = failures[kind % failures.length] ?? failures[0]
      return new MigError(code, `the API server answers ${status ?? 'nothing'}`, {
        cluster: { status, reason: null, retryAfterMs: null },
      })
    },
    beforeCall: () => {},
    afterCall: () => {},
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
    loseLease() {
      leaseHolder = null
    },
  }
  return fake
}

/** By a name, or by fields of the spec. */
function selectedBy(fieldSelector = ''): (object: ClusterObject) => boolean {
  const wanted = [...fieldSelector.matchAll(/(?:^|,)(metadata|spec)\.(\w+)=([^,]*)/g)]
  return (object) =>
    wanted.every(
      ([, part = '', field = '', value]) =>
        Reflect.get(Object(Reflect.get(object, part)), field) === value,
    )
}

function withoutTaints(slice: object): object {
  const { spec, ...rest } = slice as Pick<ResourceSlice, 'spec'>
  const { devices = [], ...others } = spec
  return { ...rest, spec: { ...others, devices: devices.map(({ taints: _, ...kept }) => kept) } }
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
