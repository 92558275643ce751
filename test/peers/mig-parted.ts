import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MigConfigEntry } from '../../types/config.js'
import type { Host } from './host.js'
import { peerPath } from './peer.js'
import type { Run } from './run.js'

/** NVIDIA's MIG Partition Editor on a host. */
export function runParted(host: Host, ...args: string[]): Promise<Run> {
  return host.run(peerPath('nvidia-mig-parted'), args)
}

/** Writes a configuration file with one label and returns what `apply` and `assert` take. */
export function configFile(
  host: Host,
  label: string,
  entries: readonly MigConfigEntry[],
): readonly ['-f', string, '-c', string] {
  const path = join(host.folder, `${label}.json`)
  writeFileSync(path, JSON.stringify({ version: 'v1', 'mig-configs': { [label]: entries } }))
  return ['-f', path, '-c', label]
}
