import type { MigConfigEntry } from '../../types/config.js'
import type { GpuState } from '../../types/state.js'
import { matchesPciIds, parsePciIds } from '../model/pci-ids.js'

/** Whether an entry names a GPU: its filter passes the GPU and its devices have the GPU's index. */
export function matchesEntry(entry: MigConfigEntry, gpu: GpuState): boolean {
  const filters = listFilters(entry)
  const passes = filters.length === 0 || filters.some((filter) => passesFilter(filter, gpu))
  return passes && (entry.devices === 'all' || entry.devices.includes(gpu.index))
}

/** Empty: every GPU passes. */
export function listFilters({ 'device-filter': filter }: MigConfigEntry): readonly string[] {
  if (filter === undefined || filter === null || filter === '') return []
  return typeof filter === 'string' ? [filter] : filter
}

function passesFilter(filter: string, gpu: GpuState): boolean {
  if (filter === '') return true
  const result = parsePciIds(filter)
  return result.kind === 'ids' && matchesPciIds(result.ids, gpu)
}
