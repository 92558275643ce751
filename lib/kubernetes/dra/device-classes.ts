import type { DeviceClassOptions } from '../../../types/kubernetes/dra/claims.js'
import type { DeviceClass, DeviceSelector } from '../../../types/kubernetes/dra/objects.js'
import { deepFreeze } from '../../model/freeze.js'
import { deviceNameOf, gpuResource, migResource } from '../resource-name.js'
import { checkClassOptions, checkProfiles } from './check-options.js'
import { gpuClassName, migClassName, nvidiaDriver, profileClassName } from './class-names.js'
import { profileSelector, typeSelector } from './selectors.js'

/**
 * The classes of a cluster: NVIDIA's two, for whole GPUs and for all MIG devices, and one for each of these profiles. Through their
 * `extendedResourceName`, pods that were written for the device plugin run unchanged.
 *
 * @throws MigError `MIG_PROFILE_UNKNOWN` for a text that is no size; TypeError for wrong options.
 */
export function deviceClasses(
  profiles: readonly string[],
  options: DeviceClassOptions = {},
): readonly DeviceClass[] {
  checkProfiles('deviceClasses', profiles)
  checkClassOptions(options)
  const { driver = nvidiaDriver, extendedResourceNames = true } = options
  const make = (name: string, selector: DeviceSelector, resource?: string): DeviceClass => ({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'DeviceClass',
    metadata: { name },
    spec: {
      selectors: [selector],
      ...(extendedResourceNames && resource !== undefined
        ? { extendedResourceName: resource }
        : {}),
    },
  })
  const names = [...new Set(profiles.map(deviceNameOf))]
  return deepFreeze([
    make(gpuClassName(driver), typeSelector(driver, 'gpu'), gpuResource),
    make(migClassName(driver), typeSelector(driver, 'mig')),
    ...names.map((profile) =>
      make(
        profileClassName(profile, driver),
        profileSelector(driver, profile),
        migResource(profile),
      ),
    ),
  ])
}
