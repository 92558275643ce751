import type { MigConfigDocument, MigConfigEntry } from '../../../types/config/config.js'
import type { MigState } from '../../../types/model/state.js'
import { deepFreeze } from '../../model/freeze.js'
import { groupBy } from '../../model/group-by.js'
import { compareProfileNames } from '../../model/profile-names.js'
import { balancedPartition } from './balanced-partition.js'
import { type HardwareModel, listModels } from './hardware-models.js'

/**
 * The configurations that the GPUs of a machine can have, whatever is on them now: `all-disabled`,
 * `all-enabled`, for every profile `all-<profile>` with as many as fit, and `all-balanced`. Filters
 * are there where the machine has GPUs of more than one model. Throws `MIG_NOT_SUPPORTED` where no GPU
 * can do MIG, `MIG_GEOMETRY_UNKNOWN`, `MIG_GPU_LOST`.
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

/** Labels go into Kubernetes' labels, which take neither `+` nor `,`. */
function labelOf(profile: string): string {
  return `all-${profile.replaceAll(/[+,]/g, '.')}`
}

function filterOf(models: readonly HardwareModel[]): Pick<MigConfigEntry, 'device-filter'> {
  const [first = '', ...others] = models.flatMap(({ filters }) => filters).sort()
  return { 'device-filter': others.length === 0 ? first : [first, ...others] }
}
