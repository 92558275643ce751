import type { MigConfigDocument, MigConfigEntry } from '../../../types/config/config.js'
import type { GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { MigState } from '../../../types/model/state.js'
import { deepFreeze } from '../../model/freeze.js'
import { groupBy } from '../../model/group-by.js'
import { compareProfileNames, parseProfileName } from '../../model/profile-names.js'
import { fits } from '../../solver/placing/fits.js'
import { type HardwareModel, listModels } from './hardware-models.js'

/**
 * The configurations that the GPUs of a machine can have, independent of their present layouts:
 * `all-disabled`, `all-enabled`, `all-<profile>` for every profile with as many as fit, and
 * `all-balanced`. Entries have filters if the machine has GPUs of more than one model. Throws
 * `MIG_NOT_SUPPORTED` if no GPU can do MIG, `MIG_GEOMETRY_UNKNOWN`, `MIG_GPU_LOST`.
 */
export function generateDocument(state: MigState): MigConfigDocument {
  const { models, mixed } = listModels(state)
  const entriesFor = (
    same: readonly HardwareModel[],
    settings: Pick<MigConfigEntry, 'mig-enabled' | 'mig-devices'>,
  ): MigConfigEntry => ({ ...(mixed ? filterOf(same) : {}), devices: 'all', ...settings })
  const on = (same: readonly HardwareModel[], devices: Readonly<Record<string, number>>) =>
    entriesFor(same, { 'mig-enabled': true, 'mig-devices': devices })

  const withPlain = state.gpus.some(({ mig }) => mig === null)
  const configs: [string, readonly MigConfigEntry[]][] = [
    ['all-disabled', [{ devices: 'all', 'mig-enabled': false }]],
    [
      'all-enabled',
      // mig-parted's assert fails on a GPU without MIG that an entry with MIG on names.
      [withPlain ? on(models, {}) : { devices: 'all', 'mig-enabled': true, 'mig-devices': {} }],
    ],
  ]
  const names = new Set(models.flatMap(({ maxima }) => [...maxima.keys()]))
  for (const name of [...names].sort(compareProfileNames)) {
    const having = models.filter(({ maxima }) => maxima.has(name))
    const byMaximum = groupBy(having, ({ maxima }) => maxima.get(name) ?? 0)
    const entries = [...byMaximum].map(([maximum, same]) => on(same, { [name]: maximum }))
    configs.push([labelOf(name), entries])
  }
  const balanced = models.flatMap((model) => {
    const devices = balancedPartition(model)
    return devices === null ? [] : [on([model], devices)]
  })
  if (balanced.length > 0) configs.push(['all-balanced', balanced])
  return deepFreeze({ version: 'v1', 'mig-configs': Object.fromEntries(configs) })
}

/** The names become Kubernetes labels, which allow neither `+` nor `,`. */
function labelOf(profile: string): string {
  return `all-${profile.replaceAll(/[+,]/g, '.')}`
}

function filterOf(models: readonly HardwareModel[]): Pick<MigConfigEntry, 'device-filter'> {
  const [first = '', ...others] = models.flatMap(({ filters }) => filters).sort()
  return { 'device-filter': others.length === 0 ? first : [first, ...others] }
}

/** The mix of NVIDIA's tool: how many devices of how many slices, by the slices of the GPU. */
const mixes: Readonly<Record<number, readonly (readonly [slices: number, count: number])[]>> = {
  7: [
    [1, 2],
    [2, 1],
    [3, 1],
  ],
  4: [
    [1, 2],
    [2, 1],
  ],
}

/** A few devices of each size, without attributes; null if the GPU has no such mix. */
function balancedPartition(model: HardwareModel): Readonly<Record<string, number>> | null {
  const plain = model.geometry.profiles.filter(({ name }) => isPlain(name))
  const mix = mixes[Math.max(0, ...plain.map(({ sliceCount }) => sliceCount))]
  const chosen = mix?.map(([slices, count]) => ({
    profile: mostFrequent(
      plain.filter(({ sliceCount }) => sliceCount === slices),
      model,
    ),
    count,
  }))
  if (chosen === undefined) return null
  const partition = chosen.flatMap(({ profile, count }) =>
    profile === null ? [] : [{ profileId: profile.id, sliceCount: profile.sliceCount, count }],
  )
  if (partition.length < chosen.length || !fits(model.geometry, [], partition).fits) return null
  return Object.fromEntries(chosen.map(({ profile, count }) => [profile?.name, count]))
}

function isPlain(name: string): boolean {
  const parts = parseProfileName(name)
  return parts !== null && parts.added.length === 0 && parts.removed.length === 0
}

/** Among profiles with equal slices the one of which most fit, which has the least memory. */
function mostFrequent(
  profiles: readonly GpuInstanceProfile[],
  { maxima }: HardwareModel,
): GpuInstanceProfile | null {
  const maximum = ({ name }: GpuInstanceProfile): number => maxima.get(name) ?? 0
  return profiles.toSorted((a, b) => maximum(b) - maximum(a))[0] ?? null
}
