import type { FollowCdiOptions, WriteCdiOptions } from '../../../types/machine/cdi.js'
import type { CdiFileOptions } from '../../../types/machine/cdi-file.js'
import type { CheckpointOptions, RestoreOptions } from '../../../types/machine/checkpoint.js'
import type { CapabilityNodeOptions } from '../../../types/machine/device-nodes.js'
import type { HoldOptions } from '../../../types/machine/hold.js'
import type { MetricsOptions, ServeMetricsOptions } from '../../../types/machine/metrics.js'
import type {
  ApplyOptions,
  AssertOptions,
  ConfigOptions,
  ExportOptions,
  PlanOptions,
  ReadOptions,
  RecoverOptions,
  ResetMethod,
} from '../../../types/machine/options.js'
import type { PciOptions, SetPciModesOptions } from '../../../types/machine/pci.js'
import type { WatchOptions } from '../../../types/machine/watch.js'
import { cdiFormats, cdiKind, namingList } from '../../model/checks/cdi-rules.js'
import { checkOptions } from '../../model/checks/check-options.js'
import { driverOptionRules } from '../../model/checks/driver-option-rules.js'
import type { Rule, RulesOf } from '../../model/checks/find-fault.js'
import {
  callback,
  either,
  file,
  flag,
  listOf,
  milliseconds,
  nonEmpty,
  objectOf,
  oneOf,
  path,
  text,
  textOrObject,
  texts,
  wordsOf,
} from '../../model/checks/kinds.js'

type Matching = NonNullable<ConfigOptions['matching']>
type AtomicScope = NonNullable<ApplyOptions['atomic']>
type Direction = NonNullable<RecoverOptions['direction']>
type ResetName = Extract<ResetMethod, string>

export const matchings: readonly Matching[] = wordsOf<Matching>({ strict: true, lenient: true })
export const atomicScopes: readonly AtomicScope[] = wordsOf<AtomicScope>({
  machine: true,
  gpu: true,
  none: true,
})
export const directions: readonly Direction[] = wordsOf<Direction>({ undo: true, finish: true })
export const resetMethods: readonly ResetName[] = wordsOf<ResetName>({
  'nvidia-smi': true,
  sysfs: true,
  none: true,
})

const matching = oneOf(...matchings)

const configRules: RulesOf<ConfigOptions> = { ...driverOptionRules, config: text, matching }

const planRules: RulesOf<PlanOptions> = {
  ...configRules,
  modeOnly: flag,
  skipReset: flag,
  evict: either(flag, callback),
  inUse: listOf(nonEmpty),
}

/** Options of everything that changes a machine. */
export const changeRules: RulesOf<Omit<RecoverOptions, 'direction'>> = {
  ...driverOptionRules,
  reset: either(oneOf(...resetMethods), callback),
  resetTimeoutMs: milliseconds,
  onEvent: callback,
}

const cdiRules: RulesOf<CdiFileOptions> = {
  kind: cdiKind,
  names: namingList,
  all: flag,
  file: path,
  format: oneOf(...cdiFormats),
  merge: path,
  driverRoot: path,
  root: path,
}

/** Options of an apply, a restore and a hold. */
export const runRules: RulesOf<Omit<ApplyOptions, 'config' | 'dryRun'>> = {
  ...changeRules,
  matching,
  modeOnly: flag,
  skipReset: flag,
  evict: planRules.evict,
  inUse: planRules.inUse,
  hooks: textOrObject,
  clients: textOrObject,
  hookEnvs: texts,
  atomic: oneOf(...atomicScopes),
  cdi: either(objectOf(cdiRules), path),
}

const applyRules: RulesOf<ApplyOptions> = { ...runRules, config: text, dryRun: flag }
const restoreRules: RulesOf<RestoreOptions> = { ...runRules, dryRun: flag }
const holdRules: RulesOf<HoldOptions> = { ...runRules, config: text, checkpointFile: file }
const recoverRules: RulesOf<RecoverOptions> = { ...changeRules, direction: oneOf(...directions) }
const assertRules: RulesOf<AssertOptions> = { ...configRules, modeOnly: flag }
const exportRules: RulesOf<ExportOptions> = { ...driverOptionRules, name: text, placements: flag }
const readRules: RulesOf<ReadOptions> = { ...driverOptionRules, root: path, processes: flag }
const checkpointRules: RulesOf<CheckpointOptions> = { ...driverOptionRules, file }
const metricsRules: RulesOf<MetricsOptions> = { ...driverOptionRules, timeoutMs: milliseconds }
const serveRules: RulesOf<ServeMetricsOptions> = { ...metricsRules, address: text }
const watchRules: RulesOf<WatchOptions> = { ...driverOptionRules, intervalMs: milliseconds }
const writeCdiRules: RulesOf<WriteCdiOptions> = { ...driverOptionRules, ...cdiRules }
const followCdiRules: RulesOf<FollowCdiOptions> = { ...writeCdiRules, intervalMs: milliseconds }
const pciRules: RulesOf<PciOptions> = {
  library: driverOptionRules.library,
  signal: driverOptionRules.signal,
  evenIfBound: flag,
  bootTimeoutMs: milliseconds,
}
const setPciRules: RulesOf<SetPciModesOptions> = {
  ...pciRules,
  config: text,
  matching,
  dryRun: flag,
  skipReset: flag,
}
const nodeRules: RulesOf<CapabilityNodeOptions> = { root: text }

/** The functions that change a machine. */
type Changing =
  | 'applyMigConfig'
  | 'startMigConfig'
  | 'withMigConfig'
  | 'holdMigConfig'
  | 'restoreMig'
  | 'recoverMig'

/** The functions that only read. */
type Reading =
  | 'planMigConfig'
  | 'assertMigConfig'
  | 'exportMigConfig'
  | 'generateMigConfig'
  | 'readMigMetrics'
  | 'readMigState'
  | 'serveMigMetrics'
  | 'checkpointMig'
  | 'watchMigState'
  | 'writeCdiSpec'
  | 'followCdiSpec'

const changing: Readonly<Record<Changing, Rule>> = {
  applyMigConfig: objectOf(applyRules),
  startMigConfig: objectOf(applyRules),
  withMigConfig: objectOf(holdRules),
  holdMigConfig: objectOf(holdRules),
  restoreMig: objectOf(restoreRules),
  recoverMig: objectOf(recoverRules),
}

const reading: Readonly<Record<Reading, ReadingRule>> = {
  planMigConfig: readingRule(planRules),
  assertMigConfig: readingRule(assertRules),
  exportMigConfig: readingRule(exportRules),
  generateMigConfig: readingRule(driverOptionRules),
  readMigMetrics: readingRule(metricsRules),
  readMigState: readingRule(readRules),
  serveMigMetrics: readingRule(serveRules, 'address'),
  checkpointMig: readingRule(checkpointRules),
  watchMigState: readingRule(watchRules),
  writeCdiSpec: readingRule(writeCdiRules),
  followCdiSpec: readingRule(followCdiRules),
}

interface ReadingRule {
  readonly rule: Rule
  /** The options that errors list: those of the function itself. */
  readonly listed: readonly string[]
}

/**
 * A function that only reads also accepts the options of an apply, so that one object can serve for both.
 * They do nothing there.
 */
function readingRule(
  rules: Readonly<Record<string, Rule>>,
  ...required: readonly string[]
): ReadingRule {
  return { rule: objectOf({ ...applyRules, ...rules }, ...required), listed: Object.keys(rules) }
}

/** Checks the options of a function that changes a machine, before it does anything. */
export function checkChanging(name: Changing, options: unknown): void {
  checkOptions(name, options, changing[name])
}

/** Checks the options of a function that only reads. */
export function checkReading(name: Reading, options: unknown): void {
  const { rule, listed } = reading[name]
  checkOptions(name, options, rule, listed)
}

/** The functions that open no driver. */
type Files = 'listCapabilityNodes' | 'createCapabilityNodes' | 'readPciModes' | 'setPciModes'

const files: Readonly<Record<Files, Rule>> = {
  listCapabilityNodes: objectOf(nodeRules),
  createCapabilityNodes: objectOf(nodeRules),
  readPciModes: objectOf(pciRules),
  setPciModes: objectOf(setPciRules),
}

/** Checks the options of a function that opens no driver. */
export function checkFiles(name: Files, options: unknown): void {
  checkOptions(name, options, files[name])
}
