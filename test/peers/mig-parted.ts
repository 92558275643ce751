import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MigConfigEntry } from '../../types/config/config.js'
import type { ListedMigState } from '../../types/model/state.js'
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

/** Models, and what mig-parted's authors expect of `all-balanced` on them. */
export const balancedModels = [
  ['a30-24gb', { '1g.6gb': 2, '2g.12gb': 1 }],
  ['a100-40gb', { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }],
  ['a100-80gb', { '1g.10gb': 2, '2g.20gb': 1, '3g.40gb': 1 }],
  ['h100-80gb-sxm', { '1g.10gb': 2, '2g.20gb': 1, '3g.40gb': 1 }],
  ['h100-nvl-94gb', { '1g.12gb': 2, '2g.24gb': 1, '3g.47gb': 1 }],
  ['h200-141gb-sxm', { '1g.18gb': 2, '2g.35gb': 1, '3g.71gb': 1 }],
  ['b200-180gb', { '1g.23gb': 2, '2g.45gb': 1, '3g.90gb': 1 }],
  ['rtx-pro-6000-blackwell', { '1g.24gb': 2, '2g.48gb': 1 }],
] as const

/** The run, which must have succeeded. */
export async function succeed(running: Promise<Run>): Promise<Run> {
  const done = await running
  if (done.status !== 0)
    throw new Error(`${done.command} ended with ${done.status}:\n${done.stderr}${done.stdout}`)
  return done
}

/** Where the GPU instances of each GPU are. */
export function placesOf({ gpus }: ListedMigState): unknown {
  return gpus.map(({ uuid, gpuInstances }) => ({
    uuid,
    places: gpuInstances.map(({ placement }) => placement).sort((a, b) => a.start - b.start),
  }))
}

/** The same, from a file that `checkpoint` wrote. */
export function checkpointedPlaces(file: string): unknown {
  interface Checkpoint {
    readonly MigState: {
      readonly Devices: readonly {
        readonly UUID: string
        readonly GpuInstances: readonly {
          readonly Placement: { readonly Start: number; readonly Size: number }
        }[]
      }[]
    }
  }
  const { MigState } = JSON.parse(readFileSync(file, 'utf8')) as Checkpoint
  return MigState.Devices.map(({ UUID, GpuInstances }) => ({
    uuid: UUID,
    places: GpuInstances.map(({ Placement }) => ({
      start: Placement.Start,
      size: Placement.Size,
    })).sort((a, b) => a.start - b.start),
  }))
}
