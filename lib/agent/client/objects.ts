import type {
  ClusterApplyOptions,
  ClusterCallOptions,
  ClusterClient,
  ClusterCollection,
  ClusterList,
  ClusterObject,
  ClusterObjectName,
  ClusterPatchOptions,
  ClusterRemoveOptions,
  ClusterSelection,
  JsonPatchOperation,
} from '../../../types/kubernetes/cluster-client.js'
import { collectionPath, describeObject, objectPath } from './api-paths.js'
import type { ApiServer } from './api-server.js'
import { statusOf } from './failures.js'

/** The calls on objects of any kind. */
export type ObjectCalls = Pick<
  ClusterClient,
  'get' | 'list' | 'create' | 'patch' | 'merge' | 'apply' | 'remove'
>

// Lists come in pages, so that no answer of a large cluster is held in the server whole.
const pageSize = '500'

/** Objects of any kind, as JSON. */
export function objectCalls(server: ApiServer): ObjectCalls {
  return {
    async get(object, options) {
      const what = `get ${describeObject(object)}`
      try {
        return (await server.call(
          { method: 'GET', path: objectPath(object), what },
          options,
        )) as ClusterObject
      } catch (error) {
        if (statusOf(error) === 404) return null
        throw error
      }
    },

    list: (collection, options) => listAll(server, collection, options),

    async create(collection, object, options) {
      const what = `create ${describeObject({ ...collection, name: object.metadata.name ?? '' })}`
      return (await server.call(
        {
          method: 'POST',
          path: collectionPath(collection),
          what,
          query: { fieldValidation: 'Strict' },
          body: object,
        },
        options,
      )) as ClusterObject
    },

    patch: (object, operations, options) => jsonPatch(server, object, operations, options),
    merge: (object, patch, options) => mergePatch(server, object, patch, options),
    apply: (object, fields, options) => serverSideApply(server, object, fields, options),
    remove: (object, options) => removeObject(server, object, options),
  }
}

/** All objects of a collection at one moment, however many pages they take. */
export async function listAll(
  server: ApiServer,
  collection: ClusterCollection,
  options: ClusterCallOptions & ClusterSelection = {},
): Promise<ClusterList> {
  const { labelSelector, fieldSelector } = options
  let items: ClusterObject[] = []
  let page: string | undefined
  for (;;) {
    const query = { labelSelector, fieldSelector, limit: pageSize, continue: page }
    const what = `list ${describeObject(collection)}`
    let answer: RawList
    try {
      answer = (await server.call(
        { method: 'GET', path: collectionPath(collection), what, query },
        options,
      )) as RawList
    } catch (error) {
      // The pages are of a moment that the server has forgotten: the list begins again.
      if (page === undefined || statusOf(error) !== 410) throw error
      items = []
      page = undefined
      continue
    }
    items.push(...answer.items)
    page = answer.metadata.continue
    if (page === undefined || page === '')
      return { items, resourceVersion: answer.metadata.resourceVersion }
  }
}

interface RawList {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items: readonly ClusterObject[]
}

async function jsonPatch(
  server: ApiServer,
  object: ClusterObjectName,
  operations: readonly JsonPatchOperation[],
  options: ClusterPatchOptions = {},
): Promise<ClusterObject> {
  const { resourceVersion, subresource } = options
  const test: readonly JsonPatchOperation[] =
    resourceVersion === undefined
      ? []
      : [{ op: 'test', path: '/metadata/resourceVersion', value: resourceVersion }]
  const body = [...test, ...operations]
  return (await server.call(
    {
      method: 'PATCH',
      path: objectPath(object, subresource),
      what: `patch ${describeObject(object)}`,
      query: { fieldValidation: 'Strict' },
      contentType: 'application/json-patch+json',
      body,
      tests: body.some(({ op }) => op === 'test'),
    },
    options,
  )) as ClusterObject
}

async function mergePatch(
  server: ApiServer,
  object: ClusterObjectName,
  patch: object,
  options: ClusterPatchOptions = {},
): Promise<ClusterObject> {
  const { resourceVersion, subresource } = options
  const metadata = 'metadata' in patch && typeof patch.metadata === 'object' ? patch.metadata : {}
  const body =
    resourceVersion === undefined ? patch : { ...patch, metadata: { ...metadata, resourceVersion } }
  return (await server.call(
    {
      method: 'PATCH',
      path: objectPath(object, subresource),
      what: `patch ${describeObject(object)}`,
      query: { fieldValidation: 'Strict' },
      contentType: 'application/merge-patch+json',
      body,
    },
    options,
  )) as ClusterObject
}

async function serverSideApply(
  server: ApiServer,
  object: ClusterObjectName,
  fields: object,
  options: ClusterApplyOptions,
): Promise<ClusterObject> {
  const { fieldManager, force = false, dryRun = false, subresource } = options
  return (await server.call(
    {
      method: 'PATCH',
      path: objectPath(object, subresource),
      what: `apply ${describeObject(object)}`,
      query: {
        fieldManager,
        force: String(force),
        fieldValidation: 'Strict',
        dryRun: dryRun ? 'All' : undefined,
      },
      contentType: 'application/apply-patch+yaml', // JSON is YAML, and this is the type that every server takes.
      body: fields,
    },
    options,
  )) as ClusterObject
}

async function removeObject(
  server: ApiServer,
  object: ClusterObjectName,
  options: ClusterRemoveOptions = {},
): Promise<boolean> {
  const { uid, resourceVersion } = options
  try {
    await server.call(
      {
        method: 'DELETE',
        path: objectPath(object),
        what: `remove ${describeObject(object)}`,
        body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid, resourceVersion } },
      },
      options,
    )
    return true
  } catch (error) {
    if (statusOf(error) === 404) return false
    throw error
  }
}
