import type { MigConfigDocument, MigConfigEntry } from '../../../types/config/config.js'
import type {
  MigNvmlConfigDocument,
  MigNvmlConfigEntry,
} from '../../../types/config/mig-nvml-config.js'
import { MigError } from '../../errors.js'
import type { Locate } from '../../model/document-path.js'
import { findNearest, listNearest } from '../../model/nearest.js'
import type { ConfigSource } from './check-document.js'
import type { ConfigEntry } from './entry.js'
import { readEntry } from './read-entry.js'

/** One configuration of a document. */
export interface SelectedConfig {
  readonly name: string
  readonly entries: readonly ConfigEntry[]
  /** A document with this configuration alone; null: it was no document, but a request. */
  readonly document: MigConfigDocument | MigNvmlConfigDocument | null
  /** For paths in the whole document. */
  readonly locate: Locate
  /** Warn of likely mistakes, and do as NVIDIA's tool does. */
  readonly lenient: boolean
  /** What lenient matching accepted in the document. */
  readonly warnings: readonly string[]
}

/**
 * The configuration of this name, or the only one if no name is given. Throws `MIG_CONFIG_NOT_FOUND` with
 * the existing names, or with the nearest of very many.
 */
export function selectConfig(source: ConfigSource, name?: string): SelectedConfig {
  const { document, locate, lenient, warnings } = source
  const configs = new Map<string, readonly (MigConfigEntry | MigNvmlConfigEntry)[]>(
    Object.entries(document['mig-configs'] ?? {}),
  )
  const names = [...configs.keys()]
  if (names.length === 0) {
    throw new MigError('MIG_CONFIG_NOT_FOUND', 'The document has no MIG configurations')
  }
  const [only] = names
  const selected = name ?? (names.length === 1 ? only : undefined)
  if (selected === undefined) {
    throw new MigError(
      'MIG_CONFIG_NOT_FOUND',
      `The document has ${names.length} MIG configurations and none was named: ${quoteAll(names)}`,
      { hint: 'Name the one to use: config (-c).' },
    )
  }
  const entries = configs.get(selected)
  if (entries === undefined) {
    const nearest = findNearest(selected, names)
    throw new MigError(
      'MIG_CONFIG_NOT_FOUND',
      `The document has no MIG configuration "${selected}"${describeOthers(selected, names)}`,
      nearest === null ? {} : { hint: `Did you mean "${nearest}"?` },
    )
  }
  return {
    name: selected,
    entries: entries.map((entry, position) =>
      readEntry(entry, document.version, position, ['mig-configs', selected, position]),
    ),
    // Its entries are of the same version as the document.
    document: {
      version: document.version,
      'mig-configs': { [selected]: entries },
    } as typeof document,
    locate,
    lenient,
    warnings,
  }
}

/** Enough for all 81 names of NVIDIA's file. */
const mostNamed = 100

function describeOthers(selected: string, names: readonly string[]): string {
  if (names.length <= mostNamed) return `, only ${quoteAll(names)}`
  const nearest = quoteAll(listNearest(selected, names, 5))
  return `; the nearest of its ${names.length} are ${nearest}`
}

function quoteAll(names: readonly string[]): string {
  const quoted = names.slice(0, mostNamed).map((name) => `"${name}"`)
  const more = names.length - quoted.length
  return `${quoted.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}
