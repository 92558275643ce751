// Objects of Kubernetes' `resource.k8s.io/v1`, as far as this package writes and reads them. Source: k8s.io/api v0.37.2,
// resource/v1/types.go.

/** A number with a suffix of Kubernetes: `14`, `4864Mi`. */
export type Quantity = string

/** One value of a device. */
export type DeviceAttribute =
  | { readonly string: string }
  | { readonly int: number }
  | { readonly bool: boolean }
  /** Semantic version 2.0.0: `580.65.6`. */
  | { readonly version: string }

/** By name; a name without a domain belongs to the driver. */
export type DeviceAttributes = { readonly [name: string]: DeviceAttribute }

/** What the devices of a GPU share. */
export interface CounterSet {
  readonly name: string
  readonly counters: { readonly [counter: string]: { readonly value: Quantity } }
}

/** What a device takes of a counter set while it is allocated. */
export interface CounterConsumption {
  readonly counterSet: string
  readonly counters: { readonly [counter: string]: { readonly value: Quantity } }
}

/** Keeps pods from a device unless their request tolerates it. */
export interface DeviceTaint {
  readonly key: string
  readonly value?: string
  readonly effect: 'NoSchedule' | 'NoExecute' | 'None'
}

/** A device that the scheduler can allocate. */
export interface SliceDevice {
  /** A DNS label. */
  readonly name: string
  readonly attributes: DeviceAttributes
  readonly capacity: { readonly [name: string]: { readonly value: Quantity } }
  readonly consumesCounters?: readonly CounterConsumption[]
  readonly taints?: readonly DeviceTaint[]
}

/** An object without which this one goes, too. */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
}

/** Some devices of a node, or counters that they share. */
export interface ResourceSlice {
  readonly apiVersion: 'resource.k8s.io/v1'
  readonly kind: 'ResourceSlice'
  readonly metadata: { readonly name: string; readonly ownerReferences?: readonly OwnerReference[] }
  readonly spec: {
    readonly driver: string
    readonly nodeName: string
    readonly pool: {
      readonly name: string
      /** The scheduler reads only the newest one of a pool. */
      readonly generation: number
      /** How many slices the generation has. The scheduler takes nothing from a pool with fewer. */
      readonly resourceSliceCount: number
    }
    readonly sharedCounters?: readonly CounterSet[]
    readonly devices?: readonly SliceDevice[]
  }
}

/** A condition on a device, in the Common Expression Language. */
export interface DeviceSelector {
  readonly cel: { readonly expression: string }
}

/** A name for devices that match some conditions. */
export interface DeviceClass {
  readonly apiVersion: 'resource.k8s.io/v1'
  readonly kind: 'DeviceClass'
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly selectors: readonly DeviceSelector[]
    /** Pods that write this in their `limits` get devices of this class. Kubernetes 1.37; beta in 1.36. */
    readonly extendedResourceName?: string
  }
}

/** Lets a request have devices with such a taint. */
export interface DeviceToleration {
  /** Absent, with the operator `Exists`: every key. */
  readonly key?: string
  /** Default: `Equal`. */
  readonly operator?: 'Exists' | 'Equal'
  readonly value?: string
  /** Absent: every effect. */
  readonly effect?: 'NoSchedule' | 'NoExecute'
}

/** How many devices of a class, and which. */
export interface DeviceNeed {
  readonly deviceClassName: string
  readonly selectors?: readonly DeviceSelector[]
  /** Default: `ExactCount`. */
  readonly allocationMode?: 'ExactCount' | 'All'
  /** Default: 1. */
  readonly count?: number
  readonly tolerations?: readonly DeviceToleration[]
}

/** A part of a claim. It has either member. */
export interface DeviceRequest {
  readonly name: string
  readonly exactly?: DeviceNeed
  /** The first of these that fits. */
  readonly firstAvailable?: readonly (DeviceNeed & { readonly name: string })[]
}

/** What the devices of some requests have in common, or what differs. */
export interface DeviceConstraint {
  /** Absent: all of the claim. */
  readonly requests?: readonly string[]
  /** With its domain: `gpu.nvidia.com/parentUUID`. */
  readonly matchAttribute?: string
  readonly distinctAttribute?: string
}

/** What a claim wants. */
export interface ResourceClaimSpec {
  readonly devices: {
    readonly requests: readonly DeviceRequest[]
    readonly constraints?: readonly DeviceConstraint[]
  }
}

/** One allocated device. */
export interface AllocatedDevice {
  /** The request, or `request/subrequest`. */
  readonly request: string
  readonly driver: string
  readonly pool: string
  readonly device: string
  /** It is for administration, and other claims may have the device at the same time. */
  readonly adminAccess?: boolean
  readonly tolerations?: readonly DeviceToleration[]
}

/** What a claim has. */
export interface ClaimAllocation {
  readonly devices: { readonly results: readonly AllocatedDevice[] }
  /** The nodes that have the devices. */
  readonly nodeSelector?: {
    readonly nodeSelectorTerms: readonly {
      readonly matchFields: readonly {
        readonly key: string
        readonly operator: string
        readonly values: readonly string[]
      }[]
    }[]
  }
}

/** What a pod claims, and what the scheduler has allocated for it. */
export interface ResourceClaim {
  readonly apiVersion: 'resource.k8s.io/v1'
  readonly kind: 'ResourceClaim'
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec: ResourceClaimSpec
  readonly status?: { readonly allocation?: ClaimAllocation }
}

/** Each pod that names it gets a claim of its own. */
export interface ResourceClaimTemplate {
  readonly apiVersion: 'resource.k8s.io/v1'
  readonly kind: 'ResourceClaimTemplate'
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec: { readonly spec: ResourceClaimSpec }
}
