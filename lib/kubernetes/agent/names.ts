/** The configuration that a node is to have: mig-manager's protocol (mig-parted 0.15). */
export const configLabel = 'nvidia.com/mig.config'
/** How far it is. */
export const stateLabel = 'nvidia.com/mig.config.state'

/** Our record on the node. */
export const recordAnnotation = 'mig-nvml/agent'
/** How the node is divided, and which pod has what. */
export const layoutAnnotation = 'mig-nvml/layout'
/** Configurations of this node alone, as text. One with the name of the label comes before that of the document. */
export const configsAnnotation = 'mig-nvml/configs'
/** What the rebalancer has done to the node. */
export const rebalanceAnnotation = 'mig-nvml/rebalance-record'
/** A label of a node: `"true"` hands its layout to the rebalancer, `"false"` keeps it away. */
export const rebalanceLabel = 'mig-nvml/rebalance'
/**
 * On a pod, `"false"` forbids its eviction. On a node, it allows evictions for a configuration that stands on the node: `"true"` of any
 * pod, `namespace/name,namespace/name` of these.
 */
export const evictAnnotation = 'mig-nvml/evict'
/** Keeps new pods away from a node that is being changed. */
export const fenceTaint = { key: 'mig-nvml/changing', effect: 'NoSchedule' } as const
/** The condition of a node. */
export const conditionType = 'MigConfigured'

/** What mig-manager writes into the labels of the clients that it stops; the GPU Operator then removes their pods. */
export const pausedValue = 'paused-for-mig-change'
const deploy = 'nvidia.com/gpu.deploy.'
/** Those that hold GPUs. Source: mig-parted 0.15, pkg/mig/reconfigure. */
export const clientLabels: readonly string[] = [
  `${deploy}device-plugin`,
  `${deploy}gpu-feature-discovery`,
  `${deploy}dcgm-exporter`,
  `${deploy}dcgm`,
  `${deploy}nvsm`,
]
