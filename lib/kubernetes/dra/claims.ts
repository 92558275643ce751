import type { ClaimedDevices, ClaimOptions } from '../../../types/kubernetes/dra/claims.js'
import type {
  DeviceNeed,
  ResourceClaim,
  ResourceClaimSpec,
  ResourceClaimTemplate,
} from '../../../types/kubernetes/dra/objects.js'
import { deepFreeze } from '../../model/freeze.js'
import { deviceNameOf } from '../resource-name.js'
import { checkClaim } from './check-options.js'
import { gpuClassName, migClassName, nvidiaDriver } from './class-names.js'
import { profileSelector } from './selectors.js'

type Requests = Readonly<Record<string, ClaimedDevices>>

/**
 * A claim on devices, by the names of its requests: `{ large: { profile: '3g.20gb' }, small: { profile: '1g.5gb', count: 2 } }`. It needs no
 * classes but those that NVIDIA's driver brings.
 *
 * @throws MigError `MIG_PROFILE_UNKNOWN` for a text that is no size; TypeError for wrong options.
 */
export function resourceClaim(requests: Requests, options: ClaimOptions): ResourceClaim {
  checkClaim('resourceClaim', requests, options)
  return deepFreeze({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: metadataOf(options),
    spec: specOf(requests, options),
  })
}

/** The same as a template, of which each pod gets a claim of its own. */
export function claimTemplate(requests: Requests, options: ClaimOptions): ResourceClaimTemplate {
  checkClaim('claimTemplate', requests, options)
  return deepFreeze({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaimTemplate',
    metadata: metadataOf(options),
    spec: { spec: specOf(requests, options) },
  })
}

function metadataOf({ name, namespace }: ClaimOptions): ResourceClaim['metadata'] {
  return { name, ...(namespace === undefined ? {} : { namespace }) }
}

function specOf(
  requests: Requests,
  { driver = nvidiaDriver, sameGpu = false }: ClaimOptions,
): ResourceClaimSpec {
  const migRequests = Object.keys(requests).filter((name) => requests[name]?.profile !== undefined)
  return {
    devices: {
      requests: Object.entries(requests).map(([name, wanted]) => ({
        name,
        exactly: needOf(wanted, driver),
      })),
      ...(sameGpu && migRequests.length > 0
        ? { constraints: [{ requests: migRequests, matchAttribute: `${driver}/parentUUID` }] }
        : {}),
    },
  }
}

function needOf({ profile, count = 1 }: ClaimedDevices, driver: string): DeviceNeed {
  if (profile === undefined) return { deviceClassName: gpuClassName(driver), count }
  return {
    deviceClassName: migClassName(driver),
    selectors: [profileSelector(driver, deviceNameOf(profile))],
    count,
  }
}
