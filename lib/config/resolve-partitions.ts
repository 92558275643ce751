import type { ConfigIssue } from '../../types/config.js'
import type { Geometry } from '../../types/geometry.js'
import type { Partition, WantedDevices } from '../../types/solver.js'
import type { GpuState } from '../../types/state.js'
import { MigError } from '../errors.js'
import { completeGeometry } from '../model/geometry.js'
import { describeGpus, formatGpus } from '../model/gpu-text.js'
import { groupBy } from '../model/group-by.js'
import { createIssue, describeIssues } from './document-path.js'
import type { DecidedGpu } from './match-entries.js'
import { listProfileNames, resolveProfile } from './resolve-profile.js'
import type { ResolvedGpu } from './resolved.js'
import type { SelectedConfig } from './select.js'
import { describeUnknownProfile, suggestProfile } from './unknown-profile.js'

/** A name that a GPU does not have. */
interface UnknownProfile {
  readonly gpu: GpuState
  readonly position: number
  readonly name: string
  readonly geometry: Geometry
}

export function resolvePartitions(
  config: SelectedConfig,
  decided: readonly DecidedGpu[],
  driverVersion: string,
): readonly ResolvedGpu[] {
  const known = decided.map((item) => ({
    ...item,
    geometry: completeGeometry(item.gpu, driverVersion),
  }))
  rejectUnknownGeometry(
    config,
    known.filter(({ entry, geometry }) => geometry === null && countsOf(entry).length > 0),
  )
  const unknown: UnknownProfile[] = []
  const resolved = known.map(({ gpu, entry, position, geometry }) => {
    const wanted = countsOf(entry).flatMap(([name, count]) => {
      if (geometry === null) return []
      const size = resolveProfile(name, geometry, gpu)
      if (size !== null) return [{ ...size, count }]
      unknown.push({ gpu, position, name, geometry })
      return []
    })
    return {
      gpu,
      entry: position,
      migEnabled: entry['mig-enabled'],
      geometry,
      wanted: mergeSizes(wanted),
    }
  })
  rejectUnknownProfiles(config, unknown)
  return resolved
}

function countsOf(entry: DecidedGpu['entry']): readonly (readonly [name: string, count: number])[] {
  return Object.entries(entry['mig-devices'] ?? {})
}

/** Two spellings of one size add up; counts of 0 go. */
function mergeSizes(wanted: readonly WantedDevices[]): Partition {
  const bySize = groupBy(wanted, ({ profileId, sliceCount }) => `${profileId}/${sliceCount}`)
  return [...bySize.values()].flatMap((same) => {
    const [first] = same
    const count = same.reduce((sum, item) => sum + item.count, 0)
    return first === undefined || count === 0 ? [] : [{ ...first, count }]
  })
}

function rejectUnknownGeometry(config: SelectedConfig, decided: readonly DecidedGpu[]): void {
  const issues = [...groupBy(decided, ({ position }) => position)].map(([position, same]) => {
    const path = ['mig-configs', config.name, position, 'mig-devices']
    const where = describeGpus(same.map(({ gpu }) => gpu))
    return createIssue(config.locate, path, 'key', `concerns ${where}`)
  })
  if (issues.length === 0) return
  const summary =
    'The driver does not tell how these GPUs can be divided, and the catalog lacks them'
  throw new MigError('MIG_GEOMETRY_UNKNOWN', describeIssues(summary, issues), {
    issues,
    hint: 'A driver before R550 answers only while MIG is on: turn it on first, with mig-enabled: true and mig-devices: {}.',
  })
}

function rejectUnknownProfiles(config: SelectedConfig, unknown: readonly UnknownProfile[]): void {
  // One issue for all GPUs of a machine that are alike.
  const alike = groupBy(unknown, ({ gpu, position, name, geometry }) =>
    JSON.stringify([position, name, gpu.name, listProfileNames(geometry)]),
  )
  const issues: ConfigIssue[] = []
  const suggestions = new Set<string>()
  for (const [first, ...others] of alike.values()) {
    if (first === undefined) continue
    const { gpu, position, name, geometry } = first
    const where = formatGpus([first, ...others].map((item) => item.gpu))
    const path = ['mig-configs', config.name, position, 'mig-devices', name]
    const message = describeUnknownProfile(name, `${where}, ${gpu.name}`, geometry)
    issues.push(createIssue(config.locate, path, 'key', message))
    const suggestion = suggestProfile(name, geometry)
    if (suggestion !== null) suggestions.add(`On ${where}: ${suggestion}`)
  }
  if (issues.length === 0) return
  const summary = `The configuration "${config.name}" asks for a size of MIG device that a GPU does not have`
  throw new MigError('MIG_PROFILE_UNKNOWN', describeIssues(summary, issues), {
    issues,
    ...(suggestions.size === 0 ? {} : { hint: [...suggestions].join('\n') }),
  })
}
