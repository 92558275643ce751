import type { ClusterClient } from '../../../types/kubernetes/cluster-client.js'
import type { DraDriverEvent, DraDriverOptions } from '../../../types/kubernetes/dra-driver.js'
import type { CdiFileOptions } from '../../../types/machine/cdi-file.js'
import type { DriverOptions } from '../../../types/machine/options.js'
import { resolveLibrary, rootOf } from '../../driver/connection/open-library.js'
import { lockFileOf } from '../../driver/lock/lock-file.js'
import { driverName, nodeName } from '../../kubernetes/dra/check-options.js'
import { nvidiaDriver } from '../../kubernetes/dra/class-names.js'
import { ignoredByDefault } from '../../kubernetes/plugin/default-xids.js'
import type { HealthRules } from '../../kubernetes/plugin/health.js'
import { checkOptions } from '../../model/checks/check-options.js'
import { driverOptionRules } from '../../model/checks/driver-option-rules.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import {
  callback,
  either,
  listOf,
  milliseconds,
  objectOf,
  oneOf,
  openObjectOf,
  path,
  wholeFrom,
} from '../../model/checks/kinds.js'
import { cdiRules } from '../device-plugin/plugin-options.js'

const rules: RulesOf<DraDriverOptions> = {
  ...driverOptionRules,
  node: nodeName,
  cluster: openObjectOf({}),
  driver: driverName,
  cdi: objectOf(cdiRules),
  ignoredXids: either(listOf(wholeFrom(0)), oneOf('all')),
  recoverAfterMs: milliseconds,
  prepareTimeoutMs: milliseconds,
  folder: path,
  intervalMs: milliseconds,
  checkMs: milliseconds,
  root: path,
  onEvent: callback,
}

/** The options of a DRA driver, all of them. */
export interface DraSettings {
  readonly driver: DriverOptions
  readonly node: string
  readonly cluster: ClusterClient
  readonly name: string
  readonly cdiKind: string
  readonly cdi: CdiFileOptions
  readonly health: HealthRules
  readonly prepareTimeoutMs: number
  readonly folder: string
  readonly intervalMs: number
  readonly checkMs: number
  /** The file tree of the machine. Null: it has none. */
  readonly root: string | null
  readonly lockFile: string
  readonly onEvent: (event: DraDriverEvent) => void
}

/** Throws a TypeError for wrong options. */
export function readDraOptions(options: DraDriverOptions): DraSettings {
  checkOptions('startDraDriver', options, objectOf(rules, 'node', 'cluster'))
  const { library, signal, slowAfterMs, onSlowCall, driver: name = nvidiaDriver, ...rest } = options
  const { ignoredXids = ignoredByDefault, recoverAfterMs = null, cdi = {} } = rest
  const resolved = resolveLibrary(library)
  const kind = cdi.kind ?? `k8s.${name}/device`
  const file = `/var/run/cdi/${kind.replace('/', '-')}.json`
  return {
    driver: {
      ...(library === undefined ? {} : { library }),
      ...(signal === undefined ? {} : { signal }),
      ...(slowAfterMs === undefined ? {} : { slowAfterMs }),
      ...(onSlowCall === undefined ? {} : { onSlowCall }),
    },
    node: rest.node,
    cluster: rest.cluster,
    name,
    cdiKind: kind,
    cdi: { file, ...cdi, kind, names: ['uuid'], all: false },
    health: {
      ignoredXids: ignoredXids === 'all' ? 'all' : new Set(ignoredXids),
      recoverAfterMs,
    },
    prepareTimeoutMs: rest.prepareTimeoutMs ?? 10_000,
    folder: rest.folder ?? '/var/lib/kubelet/plugins_registry',
    intervalMs: rest.intervalMs ?? 1000,
    checkMs: rest.checkMs ?? 5000,
    root: rest.root ?? rootOf(resolved),
    lockFile: lockFileOf(resolved),
    onEvent: rest.onEvent ?? (() => {}),
  }
}
