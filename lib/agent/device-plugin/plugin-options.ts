import type {
  DevicePluginAllocation,
  DevicePluginCdi,
  DevicePluginDeviceList,
  DevicePluginEvent,
  DevicePluginOptions,
} from '../../../types/kubernetes/device-plugin.js'
import type { MigStrategy } from '../../../types/kubernetes/strategy.js'
import type { CdiFileOptions } from '../../../types/machine/cdi-file.js'
import type { DriverOptions } from '../../../types/machine/options.js'
import { resolveLibrary, rootOf } from '../../driver/connection/open-library.js'
import { lockFileOf } from '../../driver/lock/lock-file.js'
import { strategies } from '../../kubernetes/check-options.js'
import { ignoredByDefault } from '../../kubernetes/plugin/default-xids.js'
import type { HealthRules } from '../../kubernetes/plugin/health.js'
import { cdiFormats, cdiKind } from '../../model/checks/cdi-rules.js'
import { checkOptions } from '../../model/checks/check-options.js'
import { driverOptionRules } from '../../model/checks/driver-option-rules.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import {
  callback,
  either,
  flag,
  listOf,
  milliseconds,
  objectOf,
  oneOf,
  path,
  wholeFrom,
  wordsOf,
} from '../../model/checks/kinds.js'

const pluginFolder = '/var/lib/kubelet/device-plugins'
const ownCdiKind = 'k8s.device-plugin.nvidia.com/gpu'
const ownCdiFile = '/var/run/cdi/k8s.device-plugin.nvidia.com-gpu.json'
const foreignCdiKind = 'nvidia.com/gpu'

export const deviceLists: readonly DevicePluginDeviceList[] = wordsOf<DevicePluginDeviceList>({
  cdi: true,
  envvar: true,
})
export const allocations: readonly DevicePluginAllocation[] = wordsOf<DevicePluginAllocation>({
  distributed: true,
  packed: true,
})

export const cdiRules: RulesOf<DevicePluginCdi> = {
  file: path,
  kind: cdiKind,
  format: oneOf(...cdiFormats),
  merge: path,
  driverRoot: path,
}

const rules: RulesOf<DevicePluginOptions> = {
  ...driverOptionRules,
  strategy: oneOf(...strategies),
  deviceList: oneOf(...deviceLists),
  cdi: either(objectOf(cdiRules), oneOf(false)),
  cdiKind,
  deviceNodes: flag,
  allocation: oneOf(...allocations),
  ignoredXids: either(listOf(wholeFrom(0)), oneOf('all')),
  recoverAfterMs: milliseconds,
  retireAfterMs: milliseconds,
  allocateTimeoutMs: milliseconds,
  folder: path,
  intervalMs: milliseconds,
  root: path,
  onEvent: callback,
}

/** The options of a plugin, all of them. */
export interface PluginSettings {
  readonly driver: DriverOptions
  readonly strategy: MigStrategy
  /** The kind of the CDI devices that containers get. Null: they get a variable. */
  readonly cdiKind: string | null
  /** The specification to keep up to date. Null: another program does. */
  readonly cdi: CdiFileOptions | null
  readonly deviceNodes: boolean
  readonly allocation: DevicePluginAllocation
  readonly health: HealthRules
  readonly retireAfterMs: number
  readonly allocateTimeoutMs: number
  readonly folder: string
  readonly intervalMs: number
  /** The file tree of the machine. Null: it has none. */
  readonly root: string | null
  readonly lockFile: string
  readonly onEvent: (event: DevicePluginEvent) => void
}

/** Throws a TypeError for wrong options. */
export function readPluginOptions(options: DevicePluginOptions): PluginSettings {
  checkOptions('startDevicePlugin', options, objectOf(rules, 'strategy'))
  const { library, signal, slowAfterMs, onSlowCall, cdi = {}, ...rest } = options
  const { ignoredXids = ignoredByDefault, recoverAfterMs = null, deviceList = 'cdi' } = rest
  const resolved = resolveLibrary(library)
  const writesCdi = deviceList === 'cdi' && cdi !== false
  const kind = cdi === false ? (rest.cdiKind ?? foreignCdiKind) : (cdi.kind ?? ownCdiKind)
  return {
    driver: {
      ...(library === undefined ? {} : { library }),
      ...(signal === undefined ? {} : { signal }),
      ...(slowAfterMs === undefined ? {} : { slowAfterMs }),
      ...(onSlowCall === undefined ? {} : { onSlowCall }),
    },
    strategy: rest.strategy,
    cdiKind: deviceList === 'cdi' ? kind : null,
    cdi: writesCdi ? { file: ownCdiFile, ...cdi, kind, names: ['uuid'], all: false } : null,
    deviceNodes: rest.deviceNodes ?? false,
    allocation: rest.allocation ?? 'distributed',
    health: {
      ignoredXids: ignoredXids === 'all' ? 'all' : new Set(ignoredXids),
      recoverAfterMs,
    },
    retireAfterMs: rest.retireAfterMs ?? 30_000,
    allocateTimeoutMs: rest.allocateTimeoutMs ?? 10_000,
    folder: rest.folder ?? pluginFolder,
    intervalMs: rest.intervalMs ?? 1000,
    root: rest.root ?? rootOf(resolved),
    lockFile: lockFileOf(resolved),
    onEvent: rest.onEvent ?? (() => {}),
  }
}
