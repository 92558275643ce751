import type { ConfigIssue } from '../../../types/config/config.js'
import { listCatalogModels } from '../../model/catalog.js'
import { createIssue, type DocumentPath, type Locate } from '../../model/document-path.js'
import { formatPciId, parsePciIds } from '../../model/pci-ids.js'
import { isPciIds } from './read-entry.js'

/**
 * Filters that match no GPU of any machine; NVIDIA's tool accepts them and does nothing. The document may
 * have any shape, because the schema checks what is not the text of a filter.
 */
export function findBadFilters(document: unknown, locate: Locate): readonly ConfigIssue[] {
  const takesModels = fieldOf(document, 'version') === 'mig-nvml/v1'
  return listFilters(document).flatMap(({ text, path }) => {
    const problem = findProblem(text, takesModels)
    return problem === null ? [] : [createIssue(locate, path, 'value', problem)]
  })
}

function findProblem(text: string, takesModels: boolean): string | null {
  if (text === '' || (takesModels && !isPciIds(text))) return null
  const result = parsePciIds(text)
  if (result.kind === 'ids') return null
  return suggestForModel(text) ?? result.problem
}

// A model name is the most common mistake here.
function suggestForModel(model: string): string | null {
  const ids = listCatalogModels(model).flatMap(({ products }) =>
    products.map(({ pciDeviceId }) => pciDeviceId),
  )
  const filters = [...new Set(ids)].filter((id) => id !== null).map((id) => `"${formatPciId(id)}"`)
  return filters.length === 0
    ? null
    : `names a model, but in version "v1" a filter takes PCI ids; for this model and its variants: ${filters.join(', ')}`
}

interface FilterText {
  readonly text: string
  readonly path: DocumentPath
}

function listFilters(document: unknown): readonly FilterText[] {
  const configs = Object.entries(Object(fieldOf(document, 'mig-configs')))
  return configs.flatMap(([name, entries]) =>
    listOf(entries).flatMap((entry, position) => {
      const filter = fieldOf(entry, 'device-filter')
      const path = ['mig-configs', name, position, 'device-filter']
      const items = Array.isArray(filter)
        ? filter.map((text: unknown, item) => ({ text, path: [...path, item] }))
        : [{ text: filter, path }]
      return items.flatMap((item) =>
        typeof item.text === 'string' ? [{ text: item.text, path: item.path }] : [],
      )
    }),
  )
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function fieldOf(value: unknown, name: string): unknown {
  return Reflect.get(Object(value), name)
}
