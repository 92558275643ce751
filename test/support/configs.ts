import type { MigConfigDocument, MigConfigEntry } from '../../types/config/config.js'

/** A document with one configuration of these entries. */
export function documentOf(...entries: readonly MigConfigEntry[]): MigConfigDocument {
  return { version: 'v1', 'mig-configs': { wanted: entries } }
}

/** One entry for these GPUs: with MIG on and these devices, or with MIG off. */
export function entryFor(
  devices: MigConfigEntry['devices'],
  wanted: Readonly<Record<string, number>> | 'off',
): MigConfigEntry {
  return wanted === 'off'
    ? { devices, 'mig-enabled': false }
    : { devices, 'mig-enabled': true, 'mig-devices': wanted }
}
