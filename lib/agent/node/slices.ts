import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import type { MigPlan } from '../../../types/machine/plan.js'
import type { MigState } from '../../../types/model/state.js'
import { slicesOf } from '../../kubernetes/dra/resource-slices.js'
import type { NodeAgentOptions } from './context.js'

/** What the API server has of the pool of this node. */
export async function listSlices(
  { cluster, node, signal }: NodeAgentOptions,
  driver: string,
): Promise<readonly ClusterObject[]> {
  const { items } = await cluster.list(
    { apiVersion: 'resource.k8s.io/v1', resource: 'resourceslices' },
    { fieldSelector: `spec.nodeName=${node},spec.driver=${driver}`, signal },
  )
  return items
}

/** What the driver has to publish of the machine, now or after a plan. */
export function slicesFor(
  { node }: Pick<NodeAgentOptions, 'node'>,
  driver: string,
  state: MigState,
  plan?: MigPlan,
): readonly ResourceSlice[] {
  const planned = plan === undefined ? {} : { plan }
  return slicesOf(state, { node, driver, partitions: 'existing', ...planned })
}
