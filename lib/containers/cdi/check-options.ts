import type {
  CdiOptions,
  DriverFiles,
  DriverLibrary,
  HostPath,
  ManagementCdiOptions,
  RenderingNodes,
} from '../../../types/containers/cdi.js'
import type { DeviceNode } from '../../../types/containers/device.js'
import { cdiKind, namingList } from '../../model/checks/cdi-rules.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import {
  anything,
  either,
  flag,
  listOf,
  nonEmpty,
  objectOf,
  oneOf,
  text,
  unsigned,
} from '../../model/checks/kinds.js'

const hostPath: RulesOf<HostPath> = { hostPath: nonEmpty, containerPath: nonEmpty }
const library: RulesOf<DriverLibrary> = {
  ...hostPath,
  soname: either(nonEmpty, oneOf(null)),
  links: listOf(text),
}
const node: RulesOf<DeviceNode> = {
  path: nonEmpty,
  major: unsigned,
  minor: unsigned,
  mode: unsigned,
  gid: unsigned,
}
const rendering: RulesOf<RenderingNodes> = {
  pciBusId: nonEmpty,
  nodes: listOf(objectOf(node, 'path', 'major', 'minor', 'mode')),
  links: listOf(text),
}
const driverFiles: RulesOf<DriverFiles> = {
  version: nonEmpty,
  hookPath: either(nonEmpty, oneOf(null)),
  ldconfigPath: nonEmpty,
  folders: listOf(nonEmpty),
  graphics: listOf(objectOf(hostPath, 'hostPath', 'containerPath')),
  libraries: listOf(objectOf(library, 'hostPath', 'containerPath', 'soname', 'links')),
  files: listOf(objectOf(hostPath, 'hostPath', 'containerPath')),
  sockets: listOf(objectOf(hostPath, 'hostPath', 'containerPath')),
  rendering: listOf(objectOf(rendering, 'pciBusId', 'nodes', 'links')),
}
const driver = objectOf(driverFiles, 'version', 'folders', 'libraries', 'files', 'sockets')
// A base has checks and an error of its own.
const options: RulesOf<CdiOptions> = {
  kind: cdiKind,
  names: namingList,
  all: flag,
  driver,
  base: anything,
}
const managementOptions: RulesOf<ManagementCdiOptions> = { kind: cdiKind, driver }

/** Throws a `TypeError` for wrong options. */
export function checkCdiOptions(subject: string, value: CdiOptions): void {
  checkOptions(subject, value, objectOf(options))
  if (value.base !== undefined && value.driver !== undefined)
    throw new TypeError(`${subject}: a base has the driver's files already; give base or driver`)
}

/** Throws a `TypeError` for wrong options. */
export function checkManagementOptions(subject: string, value: ManagementCdiOptions): void {
  checkOptions(subject, value, objectOf(managementOptions))
}
