import type { GpuState } from '../../../types/state.js'
import { listCatalogGpus } from '../../model/catalog.js'
import { matchesPciIds, parsePciIds } from '../../model/pci-ids.js'
import type { ConfigEntry, ModelFilter } from '../document/entry.js'

/** Whether the filters of an entry, of which one is enough, let a GPU pass. */
export function passesFilters({ filters }: ConfigEntry, gpu: GpuState): boolean {
  return filters.length === 0 || filters.some((filter) => passesFilter(filter, gpu))
}

function passesFilter(filter: ModelFilter, gpu: GpuState): boolean {
  if (filter.kind === 'model') return isModel(filter.text, gpu.name)
  const result = parsePciIds(filter.text)
  return result.kind === 'ids' && matchesPciIds(result.ids, gpu)
}

function isModel(pattern: string, name: string): boolean {
  return patternOf(pattern).test(plainName(name))
}

function plainName(model: string): string {
  return model.trim().replace(/^nvidia /i, '')
}

function patternOf(text: string): RegExp {
  const literal = plainName(text).replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i')
}

/** Of no GPU here and of none that is known: a typing error, more likely than a new model. */
export function isUnknownModel(filter: ModelFilter, gpus: readonly GpuState[]): boolean {
  if (filter.kind !== 'model') return false
  const known = listCatalogGpus().flatMap(({ products }) => products.map(({ name }) => name))
  return ![...known, ...gpus.map(({ name }) => name)].some((name) => isModel(filter.text, name))
}
