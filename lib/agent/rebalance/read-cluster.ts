import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { RebalanceObjects } from '../../../types/kubernetes/rebalance-cluster.js'
import { isMigError } from '../../errors.js'

const dra = 'resource.k8s.io/v1'

/** Everything that a plan is made of, listed within a moment. A cluster without the API of DRA has no claims. */
export async function listObjects(
  cluster: ClusterClient,
  { move, signal }: { readonly move: boolean; readonly signal: AbortSignal },
): Promise<RebalanceObjects> {
  const list = async (apiVersion: string, resource: string): Promise<readonly ClusterObject[]> =>
    (await cluster.list({ apiVersion, resource }, { signal })).items
  const ofDra = async (resource: string): Promise<readonly ClusterObject[]> => {
    try {
      return await list(dra, resource)
    } catch (error) {
      if (isMigError(error) && error.code === 'MIG_CLUSTER_NOT_FOUND') return []
      throw error
    }
  }
  // Nodes before pods: a pod that has come since holds its node still, and one that is gone only does so for a while.
  const nodes = await list('v1', 'nodes')
  const pods = await list('v1', 'pods')
  const [claims, classes, slices, budgets] = await Promise.all([
    ofDra('resourceclaims'),
    ofDra('deviceclasses'),
    ofDra('resourceslices'),
    move ? list('policy/v1', 'poddisruptionbudgets') : [],
  ])
  return { nodes, pods, claims, classes, slices, budgets }
}
