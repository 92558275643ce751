/** Keeps new pods away from a node that a rollout empties. The chart's agent tolerates it, and so do DaemonSets that tolerate all. */
export const drainTaint = { key: 'mig-nvml/maintenance', effect: 'NoSchedule' } as const
