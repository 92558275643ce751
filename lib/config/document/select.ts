import type { MigConfigEntry } from '../../../types/config.js'
import type { MigNvmlConfigEntry } from '../../../types/mig-nvml-config.js'
import { MigError } from '../../errors.js'
import { findNearest } from '../../model/nearest.js'
import type { Locate } from './document-path.js'
import type { ConfigEntry } from './entry.js'
import type { ConfigSource } from './parse.js'
import { readEntry } from './read-entry.js'

/** One configuration of a document. */
export interface SelectedConfig {
  readonly name: string
  readonly entries: readonly ConfigEntry[]
  /** Of paths in the whole document. */
  readonly locate: Locate
  /** Warn of what cannot be meant, and do as NVIDIA's tool does. */
  readonly lenient: boolean
  /** What was let pass when the document was read. */
  readonly warnings: readonly string[]
}

/**
 * The configuration of that name; without a name, the only one. Throws `MIG_CONFIG_NOT_FOUND` with the
 * names that there are.
 */
export function selectConfig(source: ConfigSource, name?: string): SelectedConfig {
  const { document, locate, lenient, warnings } = source
  if (name !== undefined && typeof name !== 'string')
    throw new TypeError('config must be the name of a configuration')
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
      { hint: 'Name the one to use.' },
    )
  }
  const entries = configs.get(selected)
  if (entries === undefined) {
    const nearest = findNearest(selected, names)
    throw new MigError(
      'MIG_CONFIG_NOT_FOUND',
      `The document has no MIG configuration "${selected}", only ${quoteAll(names)}`,
      nearest === null ? {} : { hint: `Did you mean "${nearest}"?` },
    )
  }
  return {
    name: selected,
    entries: entries.map((entry, position) =>
      readEntry(entry, document.version, position, ['mig-configs', selected, position]),
    ),
    locate,
    lenient,
    warnings,
  }
}

function quoteAll(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}
