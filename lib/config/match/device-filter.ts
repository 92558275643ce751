import type { AnyGpuState } from '../../../types/model/state.js'
import { listCatalogGpus } from '../../model/catalog.js'
import { modelWord } from '../../model/model-word.js'
import { matchesPciIds, parsePciIds } from '../../model/pci-ids.js'
import type { ConfigEntry, ModelFilter } from '../document/entry.js'

/** Whether at least one filter of an entry lets a GPU pass. */
export function passesFilters({ filters }: ConfigEntry, gpu: AnyGpuState): boolean {
  return filters.length === 0 || filters.some((filter) => passesFilter(filter, gpu))
}

function passesFilter(filter: ModelFilter, gpu: AnyGpuState): boolean {
  if (filter.kind === 'model') return isModel(filter.text, gpu.name)
  const result = parsePciIds(filter.text)
  return result.kind === 'ids' && matchesPciIds(result.ids, gpu)
}

function isModel(pattern: string, name: string): boolean {
  return matchesWildcards(modelWord(pattern), modelWord(name))
}

/**
 * `*` is any text, `?` any character. Only the last `*` is ever tried again, so every pattern is fast; a
 * regular expression with many stars would not be.
 */
function matchesWildcards(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let resumeAt = 0
  for (let index = 0; index < text.length; ) {
    if (pattern[at] === '*') {
      star = at
      resumeAt = index
      at += 1
    } else if (pattern[at] === '?' || pattern[at] === text[index]) {
      at += 1
      index += 1
    } else if (star >= 0) {
      resumeAt += 1
      index = resumeAt
      at = star + 1
    } else {
      return false
    }
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}

/** No GPU here and no known GPU has this name, so it is more likely a typing error than a new model. */
export function isUnknownModel(filter: ModelFilter, gpus: readonly AnyGpuState[]): boolean {
  if (filter.kind !== 'model') return false
  const known = listCatalogGpus().flatMap(({ products }) => products.map(({ name }) => name))
  return ![...known, ...gpus.map(({ name }) => name)].some((name) => isModel(filter.text, name))
}
