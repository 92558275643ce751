import type { IncomingHttpHeaders } from 'node:http'
import type { ClusterObject, JsonPatchOperation } from '../../types/kubernetes/cluster-client.js'
import { patched } from './json-patch.js'

/** What a request gets. */
export interface ApiAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A request as it came. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

/** The objects of a cluster. */
export interface ApiStore {
  /** By their paths, such as `/api/v1/nodes/node-1`. */
  readonly objects: Map<string, ClusterObject>
  /** How many pods of an app may be evicted now. */
  readonly budgets: Map<string, number>
  /** As another client. */
  put(path: string, object: ClusterObject): ClusterObject
  drop(path: string): void
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/: paths, types of patches, pages, validation of fields.

/** `/api/v1/nodes/node-1/status`: the collection, the name and the part. */
const paths =
  /^(\/(?:api\/v1|apis\/[^/]+\/v\d\w*)(?:\/namespaces\/[^/]+)?\/[^/]+)(?:\/([^/]+))?(?:\/(\w+))?$/

export function answerApi(store: ApiStore, request: SeenRequest, version: number): ApiAnswer {
  const { method, path, query } = request
  const [, collection = '', name, part] = paths.exec(path) ?? []
  if (collection === '') return failure(404, 'NotFound', `no ${path}`)
  if (name === undefined)
    return method === 'GET' ? list(store, path, query, version) : create(store, request)
  const key = `${collection}/${name}`
  const isApply = request.headers['content-type'] === 'application/apply-patch+yaml'
  const object = store.objects.get(key) ?? (isApply ? { metadata: {} } : undefined)
  if (object === undefined) return failure(404, 'NotFound', `${name} not found`)
  if (method === 'POST') return evict(store, key, object, request.body as Eviction)
  if (method === 'PATCH') return patch(store, key, object, request, part)
  if (method === 'DELETE') return remove(store, key, object, request)
  return { status: 200, body: object }
}

function list(store: ApiStore, path: string, query: URLSearchParams, version: number): ApiAnswer {
  // Without a namespace in the path, the objects of all.
  const inNamespaces = path.replace(/\/([^/]+)$/, '/namespaces/[^/]+/$1')
  const keys = new RegExp(`^(${path}|${inNamespaces})/[^/]+$`)
  const found = [...store.objects]
    .filter(([key, object]) => keys.test(key) && isSelected(object, query))
    .map(([, object]) => object)
  const [moment = String(version), start = 0] = query.get('continue')?.split('-') ?? []
  const end = Number(start) + Number(query.get('limit') ?? found.length)
  const next = end < found.length ? { continue: `${moment}-${end}` } : {}
  const metadata = { resourceVersion: moment, ...next }
  return { status: 200, body: { metadata, items: found.slice(Number(start), end) } }
}

function create(store: ApiStore, { path, query, body }: SeenRequest): ApiAnswer {
  const object = body as ClusterObject
  const key = `${path}/${object.metadata.name}`
  if (store.objects.has(key)) return failure(409, 'AlreadyExists', `${key} already exists`)
  const unknown = unknownField(object)
  if (unknown !== undefined && query.get('fieldValidation') === 'Strict')
    return failure(400, 'BadRequest', `strict decoding error: unknown field "${unknown}"`)
  return { status: 201, body: store.put(key, object) }
}

function patch(
  store: ApiStore,
  key: string,
  object: ClusterObject,
  { headers, body, query }: SeenRequest,
  part: string | undefined,
): ApiAnswer {
  const unknown = Array.isArray(body) ? undefined : unknownField(Object(body))
  if (unknown !== undefined && query.get('fieldValidation') === 'Strict')
    return failure(422, 'Invalid', `unknown field "${unknown}"`, [{ message: `field ${unknown}` }])
  const changed = changedBy(headers['content-type'] ?? '', object, body, query)
  if ('refused' in changed) return changed.refused
  // Each part of an object has a path of its own, and a change by another path is dropped.
  const after =
    part === 'status'
      ? { ...object, status: changed.object['status'] }
      : { ...changed.object, status: object['status'] }
  return { status: 200, body: query.get('dryRun') === 'All' ? after : store.put(key, after) }
}

function changedBy(
  type: string,
  object: ClusterObject,
  body: unknown,
  query: URLSearchParams,
): { readonly object: ClusterObject } | { readonly refused: ApiAnswer } {
  const refuse = (...why: Parameters<typeof failure>) => ({ refused: failure(...why) })
  const { resourceVersion } = object.metadata
  switch (type) {
    case 'application/json-patch+json': {
      const after = patched(object, body as readonly JsonPatchOperation[])
      return after === undefined
        ? refuse(422, 'Invalid', 'the server rejected our request due to an error in our request')
        : { object: after }
    }
    case 'application/merge-patch+json': {
      const wanted = (body as Partial<ClusterObject>).metadata?.resourceVersion
      if (wanted !== undefined && wanted !== resourceVersion)
        return refuse(409, 'Conflict', 'the object has been modified')
      return { object: merged(object, body) as ClusterObject }
    }
    case 'application/apply-patch+yaml': {
      const manager = query.get('fieldManager')
      if (manager === null) return refuse(400, 'BadRequest', 'fieldManager is required')
      const owner = object.metadata.annotations?.['owner']
      if (owner !== undefined && owner !== manager && query.get('force') !== 'true')
        return refuse(409, 'Conflict', `conflict with "${owner}"`)
      return { object: applied(object, body as ClusterObject) }
    }
    default:
      return refuse(415, 'UnsupportedMediaType', type)
  }
}

/** RFC 7386. */
function merged(target: unknown, change: unknown): unknown {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return change
  const result: Record<string, unknown> = { ...Object(target) }
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete result[name]
    else result[name] = merged(result[name], value)
  }
  return result
}

/** Conditions are a list by type. */
function applied(object: ClusterObject, fields: ClusterObject): ClusterObject {
  const conditionsIn = (of: ClusterObject): { readonly type: string }[] =>
    Object(of['status']).conditions ?? []
  const own = conditionsIn(fields)
  const others = conditionsIn(object).filter(({ type }) => !own.some((each) => each.type === type))
  const status = { ...Object(object['status']), conditions: [...others, ...own] }
  return { ...(merged(object, fields) as ClusterObject), status }
}

function remove(
  store: ApiStore,
  key: string,
  object: ClusterObject,
  request: SeenRequest,
): ApiAnswer {
  // A body without its length is not read with DELETE.
  const isRead = request.headers['content-length'] !== undefined
  const { preconditions } = (isRead ? request.body : undefined) as {
    readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  }
  const { uid, resourceVersion } = preconditions ?? {}
  if (uid !== undefined && uid !== object.metadata.uid)
    return failure(409, 'Conflict', `Precondition failed: UID in precondition: ${uid}`)
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion)
    return failure(409, 'Conflict', 'Precondition failed: ResourceVersion')
  store.drop(key)
  return { status: 200, body: object }
}

interface Eviction {
  readonly deleteOptions?: {
    readonly preconditions?: { readonly uid?: string }
    readonly dryRun?: readonly string[]
  }
}

function evict(store: ApiStore, key: string, pod: ClusterObject, body: Eviction): ApiAnswer {
  const { preconditions, dryRun } = body.deleteOptions ?? {}
  if (preconditions?.uid !== undefined && preconditions.uid !== pod.metadata.uid)
    return failure(409, 'Conflict', 'Precondition failed')
  const app = pod.metadata.labels?.['app'] ?? ''
  if ((store.budgets.get(app) ?? 1) <= 0)
    return failure(429, 'TooManyRequests', 'Cannot evict pod as it would violate the budget.', [
      { reason: 'DisruptionBudget', message: `The disruption budget ${app} needs 1 healthy pods` },
    ])
  if (!dryRun?.includes('All')) store.drop(key)
  return { status: 201, body: { kind: 'Status', status: 'Success' } }
}

/** What the few kinds of the tests have. */
const fields = ['apiVersion', 'kind', 'metadata', 'spec', 'status', 'data']
const fieldsOfEvents =
  /^(involvedObject|type|reason|message|count|source|reporting\w+|\w+Timestamp)$/

function unknownField(object: object): string | undefined {
  return Object.keys(object).find((name) => !fields.includes(name) && !fieldsOfEvents.test(name))
}

export function failure(
  status: number,
  reason: string,
  message: string,
  causes: readonly object[] = [],
): ApiAnswer {
  const details = causes.length === 0 ? {} : { details: { causes } }
  const body = { kind: 'Status', status: 'Failure', code: status, reason, message, ...details }
  return { status, body }
}

/** By labels, and by the fields that the agents use. */
export function isSelected(object: ClusterObject, query: URLSearchParams): boolean {
  const spec = Object(object['spec']) as Readonly<Record<string, unknown>>
  const fields = new Map([
    ['metadata.name', object.metadata.name],
    ['spec.nodeName', spec['nodeName']],
    ['spec.driver', spec['driver']],
  ])
  return (
    pairs(query.get('labelSelector')).every(
      ([name, value]) => object.metadata.labels?.[name] === value,
    ) && pairs(query.get('fieldSelector')).every(([name, value]) => fields.get(name) === value)
  )
}

function pairs(selector: string | null): readonly (readonly [string, string])[] {
  return (selector ?? '')
    .split(',')
    .filter((each) => each !== '')
    .map((each) => {
      const [name = '', value = ''] = each.split('=')
      return [name, value]
    })
}
