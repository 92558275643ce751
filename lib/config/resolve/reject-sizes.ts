import type { ConfigIssue } from '../../../types/config/config.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import {
  createIssue,
  type DocumentPart,
  describeIssues,
  joinLines,
} from '../../model/document-path.js'
import { describeGpus, formatGpus } from '../../model/gpu-text.js'
import { groupBy } from '../../model/group-by.js'
import { describeUnknownGeometry, waitsForMig } from '../../model/unknown-geometry.js'
import type { WantedGpu } from '../../model/wanted.js'
import { chooseProfile } from '../../solver/placing/choose-profile.js'
import { describeNoProfile } from '../../solver/placing/describe-no-profile.js'
import type { ConfigEntry, CountedRequest, SizeRequest } from '../document/entry.js'
import type { SelectedConfig } from '../document/select.js'
import { listProfileNames } from './resolve-profile.js'
import { describeSize } from './resolve-size.js'
import { describeUnknownProfile, suggestProfile } from './unknown-profile.js'

/** A size that a GPU does not have. */
export interface UnknownSize {
  readonly gpu: AnyGpuState
  readonly request: CountedRequest
  readonly geometry: Geometry
}

export function rejectUnknownGeometry(
  config: SelectedConfig,
  known: readonly {
    readonly entry: ConfigEntry
    readonly gpus: readonly WantedGpu<AnyGpuState>[]
  }[],
  driverVersion: string,
): void {
  let isWaiting = false
  const issues = known.flatMap(({ entry, gpus }) => {
    const { wants } = entry
    const asked = wants.kind === 'placements' ? wants.placements : wants.requests
    const silent = gpus.filter(({ geometry }) => geometry === null)
    if (asked.length === 0 || silent.length === 0) return []
    isWaiting ||= silent.some(({ gpu }) => waitsForMig(gpu, driverVersion))
    const alike = groupBy(silent, ({ gpu }) => describeUnknownGeometry(gpu, driverVersion))
    return [...alike].map(([why, same]) => {
      const message = `concerns ${describeGpus(same.map(({ gpu }) => gpu))}: ${why}`
      return createIssue(config.locate, entry.paths.wants, 'key', message)
    })
  })
  if (issues.length === 0) return
  const summary = 'How these GPUs can be divided is not known'
  throw new MigError('MIG_GEOMETRY_UNKNOWN', describeIssues(summary, issues), {
    issues,
    ...(isWaiting
      ? { hint: 'Turn MIG mode on first, with mig-enabled: true and mig-devices: {}.' }
      : {}),
  })
}

export function rejectUnknownSizes(config: SelectedConfig, unknown: readonly UnknownSize[]): void {
  // One issue for all GPUs that are alike.
  const alike = groupBy(unknown, ({ gpu, request, geometry }) =>
    JSON.stringify([request.path, gpu.name, listProfileNames(geometry)]),
  )
  const issues: ConfigIssue[] = []
  const suggestions = new Set<string>()
  for (const [first, ...others] of alike.values()) {
    if (first === undefined) continue
    const { gpu, request, geometry } = first
    const where = formatGpus([first, ...others].map((item) => item.gpu))
    const problem = describeUnknownSize(request.size, `${where}, ${gpu.name}`, geometry)
    // A path that ends with the name already says what is unknown.
    const isNamed = typeof request.path.at(-1) === 'string'
    const message = isNamed ? problem : `asks for ${describeSize(request.size)}: ${problem}`
    const part: DocumentPart = isNamed ? 'key' : 'value'
    issues.push(createIssue(config.locate, request.path, part, message))
    const suggestion = request.size.kind === 'name' && suggestProfile(request.size.name, geometry)
    if (suggestion) suggestions.add(`On ${where}: ${suggestion}`)
  }
  if (issues.length === 0) return
  const summary = `The configuration "${config.name}" asks for a size of MIG device that a GPU does not have`
  throw new MigError('MIG_PROFILE_UNKNOWN', describeIssues(summary, issues), {
    issues,
    ...(suggestions.size === 0 ? {} : { hint: joinLines([...suggestions]) }),
  })
}

function describeUnknownSize(size: SizeRequest, where: string, geometry: Geometry): string {
  switch (size.kind) {
    case 'name':
      return describeUnknownProfile(size.name, where, geometry)
    case 'id': {
      const ids = geometry.profiles.map(({ id, name }) => `${id} (${name})`)
      return `does not exist on ${where}, which has ${ids.join(', ')}`
    }
    case 'need': {
      const chosen = chooseProfile(geometry, size.need)
      const reason = chosen.kind === 'none' ? describeNoProfile(chosen.reason, geometry) : ''
      return `is not available on ${where}: ${reason}`
    }
    default:
      return size satisfies never
  }
}
