// What a Kubernetes cluster sees of a machine, by NVIDIA's device plugin and gpu-feature-discovery:
//
//   resourceNames   the resources of a node, and their devices
//   nodeLabels      its labels
//   checkStrategy   what a strategy does not bear, before a plan runs
//   podRequest      what a pod writes
//   allocationPreview   what its container gets
//   heldDevices     which pod has which device
//   migManagerConfigMap   a document as mig-manager mounts it, and back
//   podsInTheWay    which pods a plan takes their devices from
//   reduceAgent     what the agent of a node does next
//   nodeLayout      how a node is divided and which pod has what, as the agent publishes it; readNodeLayout reads it
//   clusterOverview what all nodes publish, what is free, and what could still be created
//   nextRolloutStep which nodes of a rollout come next
//   resourceSlices  what a driver for Dynamic Resource Allocation publishes of a node
//   simulateAllocation   what the scheduler gives the claims of a pod
//   claimsToLayout  the instances that claims have on each GPU
//   planRebalance   the least change of a cluster's layouts that lets pending pods start; verifyRebalance checks its answer
//   calmRebalance   what of its problem counts now, so that layouts do not flap
//   readRebalanceProblem   the nodes and pods of a cluster as its problem
//   deviceOrder     in which order to publish placements, so that the scheduler refuses least
export type { PlanCheck } from '../types/fleet/proof.js'
export type * from '../types/kubernetes/agent.js'
export type * from '../types/kubernetes/agent-pods.js'
export type * from '../types/kubernetes/allocation.js'
export type * from '../types/kubernetes/cluster-client.js'
export type * from '../types/kubernetes/config-map.js'
export type * from '../types/kubernetes/device-plugin.js'
export type * from '../types/kubernetes/dra/allocation.js'
export type * from '../types/kubernetes/dra/claims.js'
export type * from '../types/kubernetes/dra/objects.js'
export type * from '../types/kubernetes/dra/slices.js'
export type * from '../types/kubernetes/kubelet.js'
export type * from '../types/kubernetes/labels.js'
export type * from '../types/kubernetes/node-layout.js'
export type * from '../types/kubernetes/node-overview.js'
export type * from '../types/kubernetes/pods.js'
export type * from '../types/kubernetes/rebalance.js'
export type * from '../types/kubernetes/rebalance-cluster.js'
export type * from '../types/kubernetes/rollout.js'
export type * from '../types/kubernetes/strategy.js'
export type * from '../types/solver/device-order.js'
export { isMigError, MigError } from './errors.js'
export { podsInTheWay } from './kubernetes/agent/pods-in-the-way.js'
export { reduceAgent } from './kubernetes/agent/reduce.js'
export { allocationPreview } from './kubernetes/allocation-preview.js'
export { checkStrategy } from './kubernetes/check-strategy.js'
export { migManagerConfigMap, readMigManagerConfigMap } from './kubernetes/config-map.js'
export { readRebalanceProblem } from './kubernetes/demand/read-rebalance-problem.js'
export { claimTemplate, resourceClaim } from './kubernetes/dra/claims.js'
export { claimsToLayout } from './kubernetes/dra/claims-to-layout.js'
export { deviceClasses } from './kubernetes/dra/device-classes.js'
export { resourceSlices } from './kubernetes/dra/resource-slices.js'
export { simulateAllocation } from './kubernetes/dra/simulate-allocation.js'
export { heldDevices } from './kubernetes/held-devices.js'
export { clusterOverview } from './kubernetes/layout/cluster-overview.js'
export { formatNodeLayout } from './kubernetes/layout/layout-text.js'
export { nodeLayout } from './kubernetes/layout/node-layout.js'
export { readNodeLayout } from './kubernetes/layout/read-node-layout.js'
export { nodeLabels } from './kubernetes/node-labels.js'
export { podRequest } from './kubernetes/pod-request.js'
export { calmRebalance, rememberChanges } from './kubernetes/rebalance/calm.js'
export { planRebalance } from './kubernetes/rebalance/plan-rebalance.js'
export { verifyRebalance } from './kubernetes/rebalance/verify/verify-rebalance.js'
export { profileOf, resourceNameOf } from './kubernetes/resource-name.js'
export { resourceNames } from './kubernetes/resource-names.js'
export { nextRolloutStep } from './kubernetes/rollout/next-rollout-step.js'
export { strategyOf } from './kubernetes/strategy-of.js'
export { deviceOrder } from './solver/order/device-order.js'
export { judgeOrder } from './solver/order/judge-order.js'
