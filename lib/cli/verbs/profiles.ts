import type { GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { GpuInfo } from '../../../types/model/state.js'
import { readMigState } from '../../machine/read.js'
import { groupBy } from '../../model/group-by.js'
import { describeSilence } from '../../model/unknown-geometry.js'
import { readingOptions } from '../parse/machine.js'
import { machineOptions } from '../parse/options.js'
import type { Verb } from '../parse/verb.js'
import { alignColumns } from '../print/columns.js'

export const profilesVerb: Verb = {
  usage: '[options]',
  options: machineOptions,
  async run(values, terminal) {
    const { gpus, driverVersion } = await readMigState(readingOptions(values, terminal))
    if (values['json'] === true) {
      const data = gpus.map(({ index, uuid, name, geometry }) => ({ index, uuid, name, geometry }))
      terminal.out(`${JSON.stringify(data, null, 2)}\n`)
      return 0
    }
    terminal.out(
      `${groupByGeometry(gpus)
        .map((same) => describeGroup(same, driverVersion))
        .join('\n\n')}\n`,
    )
    return 0
  },
}

/** GPUs with equal profiles share one table. */
function groupByGeometry(gpus: readonly GpuInfo[]): GpuInfo[][] {
  const groups = groupBy(gpus, (gpu) => `${gpu.name} ${JSON.stringify(tableOf(gpu) ?? gpu.mig)}`)
  return [...groups.values()]
}

function describeGroup(gpus: GpuInfo[], driverVersion: string): string {
  const gpu = gpus[0] as GpuInfo
  const which = `GPU ${gpus.map((each) => each.index).join(', ')}: ${gpu.name}`
  if (gpu.mig === null) return `${which}\n  no MIG`
  const rows = tableOf(gpu)
  if (rows === null) return `${which}\n  ${describeSilence(gpu, driverVersion)}`
  const header = [
    'profile',
    'id',
    'slices',
    'memory MiB',
    'SMs',
    'at most',
    'CE',
    'DEC',
    'ENC',
    'JPEG',
    'OFA',
    'placements start:size',
  ]
  const table = [header, ...rows]
  return [which, ...alignColumns(table).map((line) => `  ${line}`)].join('\n')
}

function tableOf(gpu: GpuInfo): string[][] | null {
  return gpu.geometry?.profiles.map(profileRow) ?? null
}

function profileRow(profile: GpuInstanceProfile): string[] {
  const { engines } = profile
  const numbers = [
    profile.id,
    profile.sliceCount,
    profile.memoryMiB,
    profile.multiprocessorCount,
    profile.instanceCount,
    engines.copy,
    engines.decoder,
    engines.encoder,
    engines.jpeg,
    engines.ofa,
  ]
  const places = profile.placements.map(({ start, size }) => `${start}:${size}`).join(' ')
  return [profile.name, ...numbers.map(String), places]
}
