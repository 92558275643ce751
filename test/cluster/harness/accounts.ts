import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ControlPlane } from './control-plane.js'
import type { TokenSubject } from './tokens.js'

/** One rule of a role, as RBAC writes it. */
export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

const rbac = 'rbac.authorization.k8s.io/v1'

/** Makes a service account that may do what the rules say in the whole cluster, and nothing else. */
export async function createAccount(
  { admin }: ControlPlane,
  name: string,
  rules: readonly Rule[],
): Promise<TokenSubject> {
  const namespace = 'default'
  const accounts = { apiVersion: 'v1', resource: 'serviceaccounts', namespace }
  const account = await admin.create(accounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name },
  })
  const role: ClusterObject = {
    apiVersion: rbac,
    kind: 'ClusterRole',
    metadata: { name },
    rules,
  }
  await admin.create({ apiVersion: rbac, resource: 'clusterroles' }, role)
  const binding: ClusterObject = {
    apiVersion: rbac,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
  }
  await admin.create({ apiVersion: rbac, resource: 'clusterrolebindings' }, binding)
  return { namespace, name, uid: account.metadata.uid ?? '' }
}

/** A token as the kubelet gets it for a pod: it belongs to this pod and names its node. */
export async function tokenOfPod({ admin }: ControlPlane, pod: ClusterObject): Promise<string> {
  const { name, namespace = '', uid } = pod.metadata
  const account = (pod['spec'] as { readonly serviceAccountName: string }).serviceAccountName
  const requests = { apiVersion: 'v1', resource: `serviceaccounts/${account}/token`, namespace }
  const answer = await admin.create(requests, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: {
      expirationSeconds: 3600,
      audiences: [],
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    },
  })
  return (answer['status'] as { readonly token: string }).token
}
