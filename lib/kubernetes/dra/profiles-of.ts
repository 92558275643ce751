import type { ResourceSlice } from '../../../types/kubernetes/dra/objects.js'

/** The profiles of the MIG devices that slices have, each once. */
export function profilesOf(slices: readonly ResourceSlice[]): readonly string[] {
  const names = slices
    .flatMap(({ spec }) => spec.devices ?? [])
    .flatMap(({ attributes: { profile } }) =>
      profile !== undefined && 'string' in profile ? [profile.string] : [],
    )
  return [...new Set(names)]
}
