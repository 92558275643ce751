import type { ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import { parseProfileName } from '../../model/profile-names.js'

/** The profiles of the MIG devices that slices have, each once. Devices of other drivers may have another attribute of this name. */
export function profilesOf(slices: readonly ResourceSlice[]): readonly string[] {
  const names = slices
    .flatMap(({ spec }) => spec.devices ?? [])
    .flatMap(({ attributes: { profile } = {} }) =>
      profile !== undefined && 'string' in profile ? [profile.string] : [],
    )
    .filter((name) => parseProfileName(name) !== null)
  return [...new Set(names)]
}
