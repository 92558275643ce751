import type { MigConfigEntry } from '../../../types/config/config.js'

export type Devices = Readonly<Record<string, number>>

export function on(
  devices: Devices,
  which: 'all' | readonly number[] = 'all',
  filter?: string,
): MigConfigEntry {
  return {
    ...(filter === undefined ? {} : { 'device-filter': filter }),
    devices: which,
    'mig-enabled': true,
    'mig-devices': devices,
  }
}

export function off(which: 'all' | readonly number[] = 'all'): MigConfigEntry {
  return { devices: which, 'mig-enabled': false }
}

/** A file with one configuration, `wanted`. */
export function fileWith(...entries: readonly MigConfigEntry[]): Readonly<Record<string, string>> {
  return {
    'config.json': JSON.stringify({ version: 'v1', 'mig-configs': { wanted: entries } }),
  }
}

const selection = ['-f', '{folder}/config.json', '-c', 'wanted'] as const
export const apply: readonly string[] = ['apply', ...selection]
export const assert: readonly string[] = ['assert', ...selection]

export const one = 'A100-SXM4-40GB'
export const sevens: readonly string[] = [0, 1, 2, 3, 4, 5, 6].map((start) => `1g.5gb@${start}`)
export const balanced: Devices = { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }
export const balancedLayout: readonly string[] = ['1g.5gb@0', '1g.5gb@1', '2g.10gb@2', '3g.20gb@4']
export const halves: readonly string[] = ['3g.20gb@0', '3g.20gb@4']
