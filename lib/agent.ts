// The edges of a node in a cluster. Each loads its optional packages at its first use:
//
//   startDevicePlugin   offers MIG devices to the kubelet
//   startDraDriver      publishes them as resource slices, and prepares claims
//   connectKubelet      which pod has which device
//   connectCluster      a client of the Kubernetes API
export type * from '../types/kubernetes/cluster-client.js'
export type * from '../types/kubernetes/device-plugin.js'
export type * from '../types/kubernetes/dra-driver.js'
export type * from '../types/kubernetes/kubelet.js'
export { connectCluster } from './agent/client/connect.js'
export { startDevicePlugin } from './agent/device-plugin/start-plugin.js'
export { startDraDriver } from './agent/dra-driver/start-driver.js'
export { connectKubelet } from './agent/kubelet/connect-kubelet.js'
export { isMigError, MigError } from './errors.js'
