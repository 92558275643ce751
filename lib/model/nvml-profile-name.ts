import type { GpuInstanceProfile } from '../../types/model/geometry.js'
import { normaliseProfileName } from './profile-names.js'

// The attributes that a profile index stands for. Source: NVML header 13.3, the
// NVML_GPU_INSTANCE_PROFILE_* constants; the spellings are those of nvidia-smi.
const attributeByIndex: ReadonlyMap<number, string> = new Map([
  [7, '+me'],
  [8, '+me'],
  [10, '+gfx'],
  [11, '+gfx'],
  [12, '+gfx'],
  [13, '-me'],
  [14, '-me'],
  [15, '+me.all'],
  [16, '+me.all'],
  [17, '+gfx'],
])
const lastKnownIndex = 17

const bytesPerMiB = 2 ** 20
const bytesPerGiB = 2 ** 30
// NVIDIA's rule counts memory in eighths on every GPU, even on those with 4 or 12 memory units.
const parts = 8

/**
 * The name of a GPU instance profile if the driver does not report it (NVML before R510, whose profile info
 * has no `name`). NVIDIA's rule multiplies the profile's share of the memory, in eighths rounded up, by
 * the GPU's memory in whole GiB, rounded up. The product is rounded, halves away from zero.
 *
 * `index` is NVML's profile index (not the id); `totalMemoryBytes` is the GPU's total from
 * `nvmlDeviceGetMemoryInfo` (version 1). An unknown index adds an attribute, which keeps the name unique:
 * `3g.20gb+index18`.
 */
export function nvmlProfileName(
  profile: SizedProfile & { readonly totalMemoryBytes: number },
): string {
  const { memoryMiB, totalMemoryBytes } = profile
  const share = Math.ceil((parts * memoryMiB * bytesPerMiB) / totalMemoryBytes) / parts
  return nameOf(profile, Math.round(share * Math.ceil(totalMemoryBytes / bytesPerGiB)))
}

/**
 * The name from the memory of the instance itself, in rounded GiB: `7g.79gb` for the `7g.80gb` of an A100
 * or H100 with 80 GB. Slurm makes names in this way (NVIDIA/mig-parted#31), and the tables of nos, HAMi
 * and volcano contain some.
 */
function roundedProfileName(profile: SizedProfile): string {
  return nameOf(profile, Math.round((profile.memoryMiB * bytesPerMiB) / bytesPerGiB))
}

/**
 * Finds a profile by the driver's name, else by the name from NVIDIA's rule, else by the rounded memory of
 * the instance. A name that an earlier rule gives to one profile never means another by a later rule.
 *
 * `totalMemoryBytes`: as for `nvmlProfileName`; null: unknown, and NVIDIA's rule is left out.
 */
export function findNamedProfile(
  profiles: readonly GpuInstanceProfile[],
  name: string,
  totalMemoryBytes: number | null,
): GpuInstanceProfile | null {
  const wanted = normaliseProfileName(name)
  const rules: readonly ((profile: GpuInstanceProfile) => string | null)[] = [
    (profile) => profile.name,
    (profile) =>
      totalMemoryBytes === null ? null : nvmlProfileName({ ...profile, totalMemoryBytes }),
    roundedProfileName,
  ]
  for (const rule of rules) {
    const [found, ...others] = profiles.filter((profile) => {
      const given = rule(profile)
      return given !== null && normaliseProfileName(given) === wanted
    })
    if (found !== undefined) return others.length === 0 ? found : null
  }
  return null
}

interface SizedProfile {
  readonly index: number
  readonly sliceCount: number
  readonly memoryMiB: number
}

function nameOf({ index, sliceCount }: SizedProfile, memoryGB: number): string {
  const attribute = index > lastKnownIndex ? `+index${index}` : (attributeByIndex.get(index) ?? '')
  return `${sliceCount}g.${memoryGB}gb${attribute}`
}
