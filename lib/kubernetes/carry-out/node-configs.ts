import type { MigNvmlConfigEntry } from '../../../types/config/mig-nvml-config.js'
import type { NodeLayout } from '../../../types/kubernetes/node-layout.js'
import type { GpuRebalance } from '../../../types/kubernetes/rebalance.js'
import type { GpuState } from '../../../types/model/state.js'
import {
  type PlacedSettings,
  placedSettings,
  placementOf,
} from '../../config/export/export-placements.js'
import { formatConfigYaml } from '../../config/export/format.js'
import { groupBy } from '../../model/group-by.js'
import { byPlacement } from '../../model/placement.js'

/**
 * The configurations of a node as text: the layout that it is to have, and the one that it has. Each names every GPU that can do MIG,
 * by its UUID, so that a reboot brings all of them back.
 */
export function formatNodeConfigs(
  { state }: NodeLayout,
  changes: readonly GpuRebalance[],
  names: { readonly next: string; readonly before: string },
): string {
  const gpus = (state.gpus as readonly GpuState[]).filter(({ mig }) => mig !== null)
  const next = entriesOf(gpus, (gpu) =>
    changedSettings(
      gpu,
      changes.find((change) => change.gpu === gpu.uuid),
    ),
  )
  const before = entriesOf(gpus, placedSettings)
  return formatConfigYaml({
    version: 'mig-nvml/v1',
    'mig-configs': { [names.next]: next, [names.before]: before },
  })
}

/** GPUs that are to be alike share an entry. */
function entriesOf(
  gpus: readonly GpuState[],
  settingsOf: (gpu: GpuState) => PlacedSettings,
): readonly MigNvmlConfigEntry[] {
  const alike = groupBy(gpus, (gpu) => JSON.stringify(settingsOf(gpu)))
  return [...alike.values()].flatMap((same) => {
    const [first] = same
    if (first === undefined) return []
    return [{ devices: same.map(({ uuid }) => uuid), ...settingsOf(first) }]
  })
}

/** An instance that stays keeps its compute instances. */
function changedSettings(gpu: GpuState, change: GpuRebalance | undefined): PlacedSettings {
  if (change === undefined) return placedSettings(gpu)
  const isOn = change.mode === null ? gpu.mig?.enabled === true : change.mode === 'on'
  if (!isOn) return { 'mig-enabled': false }
  return {
    'mig-enabled': true,
    placements: change.layout.toSorted(byPlacement).map(({ profileId, size, placement }) => {
      const kept = gpu.gpuInstances.find(
        (each) => each.profileId === profileId && each.placement.start === placement.start,
      )
      const profile = gpu.geometry?.profiles.find(({ id }) => id === profileId)
      return kept === undefined
        ? { profile: size, start: placement.start }
        : placementOf(kept, profile)
    }),
  }
}
