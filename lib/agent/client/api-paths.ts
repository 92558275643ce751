import type {
  ClusterCollection,
  ClusterObjectName,
} from '../../../types/kubernetes/cluster-client.js'

/** The path of a collection at the API server: `/api/v1/nodes`, `/apis/policy/v1/namespaces/a/…`. */
export function collectionPath({ apiVersion, resource, namespace }: ClusterCollection): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return `${group}${scope}/${resource}`
}

/** The path of one object, or of a part of it such as its status. */
export function objectPath(object: ClusterObjectName, subresource?: string): string {
  const part = subresource === undefined ? '' : `/${subresource}`
  return `${collectionPath(object)}/${encodeURIComponent(object.name)}${part}`
}

/** What a call is about, for errors: `nodes node-1`, `pods of team-a`. */
export function describeObject(target: ClusterCollection & { readonly name?: string }): string {
  const { resource, namespace, name } = target
  if (name !== undefined)
    return `${resource} ${namespace === undefined ? '' : `${namespace}/`}${name}`
  return namespace === undefined ? resource : `${resource} of ${namespace}`
}
