import type { CdiEdits, CdiSpec } from '../../../types/containers/cdi.js'
import { MigError } from '../../errors.js'
import { isCdiKind } from '../../model/checks/cdi-rules.js'
import { type Fault, findFault, type Rule, showValue } from '../../model/checks/find-fault.js'
import {
  anything,
  listOf,
  nonEmpty,
  objectOf,
  oneOf,
  text,
  texts,
  wholeFrom,
} from '../../model/checks/kinds.js'
import { formatPath } from '../../model/document-path.js'
import { compareVersions, lowestCdiVersion } from './cdi-version.js'
import { isCdiDeviceName } from './names.js'

// The checks of CDI's own Go package (1.1.0), which refuses unknown fields.

const variable: Rule = {
  allowed: 'NAME=value',
  accepts: (value) => typeof value === 'string' && value.indexOf('=') > 0,
}
const id = wholeFrom(0, 2 ** 32 - 1)
const moments = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
]
const permissions: Rule = {
  allowed: 'letters of rwm',
  accepts: (value) => typeof value === 'string' && /^[rwm]*$/.test(value),
}

const edits: Rule = objectOf({
  env: listOf(variable),
  deviceNodes: listOf(
    objectOf(
      {
        path: nonEmpty,
        hostPath: text,
        type: oneOf('', 'b', 'c', 'u', 'p'),
        major: wholeFrom(0),
        minor: wholeFrom(0),
        fileMode: id,
        permissions,
        uid: id,
        gid: id,
      },
      'path',
    ),
  ),
  netDevices: listOf(
    objectOf({ hostInterfaceName: nonEmpty, name: nonEmpty }, 'hostInterfaceName', 'name'),
  ),
  hooks: listOf(
    objectOf(
      {
        hookName: oneOf(...moments),
        path: nonEmpty,
        args: listOf(text),
        env: listOf(variable),
        timeout: wholeFrom(0),
      },
      'hookName',
      'path',
    ),
  ),
  mounts: listOf(
    objectOf(
      { hostPath: nonEmpty, containerPath: nonEmpty, options: listOf(text), type: text },
      'hostPath',
      'containerPath',
    ),
  ),
  intelRdt: objectOf({
    closID: text,
    l3CacheSchema: text,
    memBwSchema: text,
    schemata: listOf(text),
    enableMonitoring: anything,
  }),
  additionalGids: listOf(id),
})

const deviceName: Rule = {
  allowed: 'a name of letters, digits and _ - . : that begins and ends with a letter or a digit',
  accepts: (value) => typeof value === 'string' && isCdiDeviceName(value),
}
const kind: Rule = {
  allowed: 'a kind such as nvidia.com/gpu',
  accepts: (value) => typeof value === 'string' && isCdiKind(value),
}
const versions = [
  '0.1.0',
  '0.2.0',
  '0.3.0',
  '0.4.0',
  '0.5.0',
  '0.6.0',
  '0.7.0',
  '0.8.0',
  '1.0.0',
  '1.1.0',
]

const specification: Rule = objectOf(
  {
    cdiVersion: oneOf(...versions),
    kind,
    annotations: texts,
    devices: listOf(
      objectOf(
        { name: deviceName, annotations: texts, containerEdits: edits },
        'name',
        'containerEdits',
      ),
    ),
    containerEdits: edits,
  },
  'cdiVersion',
  'kind',
  'devices',
)

/**
 * A value as a CDI specification, if runtimes would take it.
 *
 * @throws MigError `MIG_CDI_INVALID` with the place: an unknown field, a wrong type, a name that CDI cannot carry, no
 *   device, two of one name, a device without edits, or a version that is too low for the content.
 */
export function checkCdiSpec(value: unknown): CdiSpec {
  const fault = findFault(value, specification)
  if (fault !== null) throw invalid(fault.path, describe(fault))
  const spec = value as CdiSpec
  if (spec.devices.length === 0) throw invalid(['devices'], 'must have a device')
  const names = new Set<string>()
  for (const [position, device] of spec.devices.entries()) {
    if (names.has(device.name))
      throw invalid(['devices', position], `${device.name} is there a second time`)
    names.add(device.name)
    if (isEmpty(device.containerEdits))
      throw invalid(['devices', position, 'containerEdits'], 'must not be empty')
  }
  const lowest = lowestCdiVersion(spec)
  if (compareVersions(spec.cdiVersion, lowest) < 0)
    throw invalid(['cdiVersion'], `must be ${lowest} or higher for what the specification has`)
  return spec
}

function isEmpty(device: CdiEdits): boolean {
  return Object.values(device).every((part) => Array.isArray(part) && part.length === 0)
}

function describe(fault: Fault): string {
  return fault.kind === 'value'
    ? `must be ${fault.rule.allowed}, not ${showValue(fault.value)}`
    : `has no field ${fault.name}`
}

function invalid(path: readonly (string | number)[], problem: string): MigError {
  const place = path.length === 0 ? '' : ` ${formatPath(path)}`
  return new MigError('MIG_CDI_INVALID', `CDI specification:${place} ${problem}`, {
    issues: [{ path, message: problem }],
  })
}
