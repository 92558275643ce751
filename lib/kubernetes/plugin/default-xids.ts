/** Faults of programs rather than of the device. Source: NVIDIA's device plugin v0.20 ignores them. */
export const ignoredByDefault: readonly number[] = [13, 31, 43, 45, 68, 109]
