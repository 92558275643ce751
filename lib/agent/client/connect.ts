import type {
  ClusterClient,
  ConnectClusterOptions,
} from '../../../types/kubernetes/cluster-client.js'
import { openApiServer } from './api-server.js'
import { recordEvent } from './events.js'
import { evictPod } from './evict-pod.js'
import { leaseCalls } from './leases.js'
import { objectCalls } from './objects.js'
import { watchCollection } from './watch.js'

/** A client of the cluster that the kubeconfig names. It reads the configuration, and makes no call yet. */
export async function connectCluster(options: ConnectClusterOptions = {}): Promise<ClusterClient> {
  const { silenceMs = 150_000 } = options
  const server = await openApiServer(options)
  const objects = objectCalls(server)
  return {
    ...objects,
    ...leaseCalls(objects),
    watch: (collection, how) => watchCollection(server, collection, { ...how, silenceMs }),
    evict: (pod, how) => evictPod(server, pod, how),
    recordEvent: (event, how) => recordEvent(objects, event, how),
  }
}
