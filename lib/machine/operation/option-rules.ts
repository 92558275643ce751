import type { CheckpointOptions, RestoreOptions } from '../../../types/machine/checkpoint.js'
import type { HoldOptions } from '../../../types/machine/hold.js'
import type {
  ApplyOptions,
  AssertOptions,
  ConfigOptions,
  DriverOptions,
  ExportOptions,
  PlanOptions,
  RecoverOptions,
} from '../../../types/machine/options.js'
import type { WatchOptions } from '../../../types/machine/watch.js'
import { checkOptions, type OptionRules } from '../../model/check-options.js'
import { driverOptionRules } from '../../model/driver-option-rules.js'
import {
  callback,
  either,
  file,
  flag,
  milliseconds,
  oneOf,
  text,
  textOrObject,
  texts,
} from '../../model/option-rules.js'

// Each function's rules are put together from smaller sets.

const matching = oneOf('strict', 'lenient')

const configRules: OptionRules<ConfigOptions> = { ...driverOptionRules, config: text, matching }

const planningRules: OptionRules<Omit<PlanOptions, 'config'>> = {
  ...driverOptionRules,
  matching,
  modeOnly: flag,
  skipReset: flag,
  evict: either(flag, callback),
}

const runRules: OptionRules<Pick<ApplyOptions, 'reset' | 'resetTimeoutMs' | 'onEvent'>> = {
  reset: either(oneOf('nvidia-smi', 'sysfs', 'none'), callback),
  resetTimeoutMs: milliseconds,
  onEvent: callback,
}

/** What applying a configuration, holding one, and restoring a checkpoint have in common. */
const transactionRules: OptionRules<Omit<ApplyOptions, 'config' | 'dryRun'>> = {
  ...planningRules,
  ...runRules,
  hooks: textOrObject,
  hookEnvs: texts,
  atomic: oneOf('machine', 'gpu', 'none'),
}

const applyRules: OptionRules<ApplyOptions> = { ...transactionRules, config: text, dryRun: flag }
const restoreRules: OptionRules<RestoreOptions> = { ...transactionRules, dryRun: flag }
const holdRules: OptionRules<HoldOptions> = {
  ...transactionRules,
  config: text,
  checkpointFile: file,
}

const recoverRules: OptionRules<RecoverOptions> = {
  ...driverOptionRules,
  ...runRules,
  direction: oneOf('undo', 'finish'),
}

/** The functions that change a machine, and their options. */
interface ChangingOptions {
  readonly applyMigConfig: ApplyOptions
  readonly startMigConfig: ApplyOptions
  readonly withMigConfig: HoldOptions
  readonly holdMigConfig: HoldOptions
  readonly restoreMig: RestoreOptions
  readonly recoverMig: RecoverOptions
}

/** The functions that only read, and their options. */
interface ReadingOptions {
  readonly planMigConfig: PlanOptions
  readonly assertMigConfig: AssertOptions
  readonly exportMigConfig: ExportOptions
  readonly generateMigConfig: DriverOptions
  readonly readMigState: DriverOptions
  readonly checkpointMig: CheckpointOptions
  readonly watchMigState: WatchOptions
}

type RulesOf<Functions> = { readonly [Name in keyof Functions]: OptionRules<Functions[Name]> }

const changing: RulesOf<ChangingOptions> = {
  applyMigConfig: applyRules,
  startMigConfig: applyRules,
  withMigConfig: holdRules,
  holdMigConfig: holdRules,
  restoreMig: restoreRules,
  recoverMig: recoverRules,
}

const reading: RulesOf<ReadingOptions> = {
  planMigConfig: { ...planningRules, config: text },
  assertMigConfig: { ...configRules, modeOnly: flag },
  exportMigConfig: { ...driverOptionRules, name: text, placements: flag },
  generateMigConfig: driverOptionRules,
  readMigState: driverOptionRules,
  checkpointMig: { ...driverOptionRules, file },
  watchMigState: { ...driverOptionRules, intervalMs: milliseconds },
}

/** Checks the options of a function that changes a machine, before anything is done. */
export function checkChanging(name: keyof ChangingOptions, options: unknown): void {
  checkOptions(name, options, changing[name])
}

/** The same for a function that only reads. It accepts the options of an apply too, so that one object serves both. */
export function checkReading(name: keyof ReadingOptions, options: unknown): void {
  checkOptions(name, options, reading[name], applyRules)
}
