import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceClaim } from '../../../types/kubernetes/dra/objects.js'
import { heldResults } from '../dra/held-results.js'

/** The parts of a pod that name its claims. Source: k8s.io/api v0.37.2, core/v1/types.go. */
interface ClaimingPod {
  readonly spec?: {
    readonly resourceClaims?: readonly {
      readonly name: string
      readonly resourceClaimName?: string
    }[]
  }
  readonly status?: {
    /** Claims that were made of templates. */
    readonly resourceClaimStatuses?: readonly {
      readonly name: string
      readonly resourceClaimName?: string
    }[]
    /** The claim that was made for extended resources of a DeviceClass. */
    readonly extendedResourceClaimStatus?: { readonly resourceClaimName?: string }
  }
}

/** The names of the ResourceClaims of a pod, in its namespace. */
export function claimsOfPod(pod: ClusterObject): readonly string[] {
  const { spec, status } = pod as ClaimingPod
  const names = [
    ...(spec?.resourceClaims ?? []),
    ...(status?.resourceClaimStatuses ?? []),
    ...(status?.extendedResourceClaimStatus === undefined
      ? []
      : [status.extendedResourceClaimStatus]),
  ].flatMap(({ resourceClaimName }) => resourceClaimName ?? [])
  return [...new Set(names)]
}

/** The names of a driver's devices that the scheduler has allocated to a claim; those for administration only are not among them. */
export function devicesOfClaim(claim: ClusterObject, draDriver: string): readonly string[] {
  return heldResults(claim as unknown as ResourceClaim)
    .filter(({ driver }) => driver === draDriver)
    .map(({ device }) => device)
}
