import type { MigRequest } from '../../../types/config/request.js'
import { MigError } from '../../errors.js'
import { describeFault, findFault, type Rule, type RulesOf } from '../../model/checks/find-fault.js'
import { either, flag, listOf, objectOf, oneOf, wholeFrom } from '../../model/checks/kinds.js'
import { type DocumentPath, describeIssues, nowhere } from '../../model/document-path.js'
import { isSelectorText } from '../../model/selector-text.js'
import type { ConfigEntry, CountedRequest } from './entry.js'
import { readName, readSelector } from './read-entry.js'
import type { SelectedConfig } from './select.js'

/** How errors name the parts of a request. */
export interface RequestNames {
  readonly gpu: DocumentPath
  readonly migDevices: DocumentPath
}

const ownNames: RequestNames = { gpu: ['gpu'], migDevices: ['migDevices'] }

const gpu: Rule = {
  allowed: 'a GPU: an index, a UUID such as "GPU-…", or a PCI address such as "0000:07:00.0"',
  accepts: (value) =>
    typeof value === 'string'
      ? isSelectorText(value)
      : Number.isSafeInteger(value) && Number(value) >= 0,
}

const gpus: Rule = {
  ...listOf(gpu),
  allowed: 'a list of GPUs that is not empty',
  accepts: (value) => Array.isArray(value) && value.length > 0,
}

const rules: RulesOf<MigRequest> = {
  gpu: { ...either(gpus, either(oneOf('all'), gpu)), allowed: `'all', ${gpu.allowed}, or a list` },
  migDevices: {
    allowed: 'an object of counts by profile',
    accepts: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    items: wholeFrom(0),
  },
  migEnabled: flag,
  add: flag,
}

const rule = objectOf(rules, 'gpu')

/** Whether the value is meant as a request. A document has `version`, a ConfigMap `kind`. */
export function isRequest(value: unknown): value is MigRequest {
  if (typeof value !== 'object' || value === null) return false
  if (['version', 'mig-configs', 'kind'].some((name) => name in value)) return false
  return Object.keys(rules).some((name) => name in value)
}

/** A request as a configuration of one entry. Throws `MIG_CONFIG_INVALID`. */
export function requestConfig(
  request: MigRequest,
  lenient: boolean,
  names: RequestNames = ownNames,
): SelectedConfig {
  const copy = checkRequest(request)
  const { migDevices = {}, migEnabled, add = false } = copy
  const requests = Object.entries(migDevices).map(
    ([name, count]): CountedRequest => ({
      size: readName(name),
      count,
      path: [...names.migDevices, name],
    }),
  )
  const isEmpty = requests.length === 0
  const listed = Array.isArray(copy.gpu) ? copy.gpu : null
  const entry: ConfigEntry = {
    position: 0,
    path: [],
    paths: {
      devices: names.gpu,
      selectors: listed === null ? [names.gpu] : listed.map((_, item) => [...names.gpu, item]),
      wants: names.migDevices,
    },
    filters: [],
    devices: copy.gpu === 'all' ? 'all' : [copy.gpu].flat().map(readSelector),
    count: null,
    migEnabled: add ? null : (migEnabled ?? (isEmpty ? null : true)),
    wants: { kind: 'devices', field: 'mig-devices', requests },
    atLeast: false,
    keep: null,
    add,
  }
  return {
    name: nameOf(copy),
    entries: [entry],
    document: null,
    locate: nowhere,
    lenient,
    warnings: [],
  }
}

/** A copy that its maker cannot change any more. */
function checkRequest(request: MigRequest): MigRequest {
  const fault = findFault(request, rule)
  if (fault !== null) throw invalid(fault.path, describeFault(fault))
  const { gpu: selected, migDevices, migEnabled, add } = request
  const copy: MigRequest = {
    gpu: Array.isArray(selected) ? [...selected] : selected,
    ...(migDevices === undefined ? {} : { migDevices: { ...migDevices } }),
    ...(migEnabled === undefined ? {} : { migEnabled }),
    ...(add === undefined ? {} : { add }),
  }
  const problem = findContradiction(copy)
  if (problem !== null) throw invalid(...problem)
  return copy
}

function findContradiction({
  migDevices,
  migEnabled,
  add,
}: MigRequest): readonly [DocumentPath, string] | null {
  const counts = Object.values(migDevices ?? {})
  if (add === true) {
    if (migEnabled !== undefined)
      return [['migEnabled'], 'has no meaning with add, which leaves the MIG mode as it is']
    if (counts.length === 0) return [['migDevices'], 'is missing or empty: add needs MIG devices']
  }
  if (migEnabled === false)
    return counts.length === 0 ? null : [['migDevices'], 'must be empty when migEnabled is false']
  if (migDevices === undefined)
    return [['migDevices'], 'is missing: how many MIG devices of each size; {} means none']
  if (counts.length > 0 && counts.every((count) => count === 0))
    return [['migDevices'], 'has only counts of 0: write {} for no MIG devices']
  return null
}

function invalid(path: DocumentPath, message: string): MigError {
  const issues = [{ path, message }]
  return new MigError(
    'MIG_CONFIG_INVALID',
    describeIssues('The MIG request is not valid', issues),
    {
      issues,
    },
  )
}

/** What reports, hooks and the journal call it: `3g.20gb=2 1g.5gb`, `add 1g.5gb`, `no instances`, `MIG off`. */
function nameOf({ migDevices = {}, migEnabled, add }: MigRequest): string {
  if (migEnabled === false) return 'MIG off'
  const sizes = Object.entries(migDevices).filter(([, count]) => count > 0)
  if (sizes.length === 0) return migEnabled === true ? 'MIG on, no instances' : 'no instances'
  const text = sizes.map(([name, count]) => (count === 1 ? name : `${name}=${count}`)).join(' ')
  return add === true ? `add ${text}` : text
}
