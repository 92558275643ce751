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

const configRules: OptionRules<ConfigOptions> = {
  ...driverOptionRules,
  config: text,
  matching: oneOf('strict', 'lenient'),
}

const planRules: OptionRules<PlanOptions> = {
  ...configRules,
  modeOnly: flag,
  skipReset: flag,
  evict: either(flag, callback),
}

const recoverRules: OptionRules<RecoverOptions> = {
  ...driverOptionRules,
  direction: oneOf('undo', 'finish'),
  reset: either(oneOf('nvidia-smi', 'sysfs', 'none'), callback),
  resetTimeoutMs: milliseconds,
  onEvent: callback,
}

const { direction: _direction, ...runRules } = recoverRules

const applyRules: OptionRules<ApplyOptions> = {
  ...planRules,
  ...runRules,
  hooks: textOrObject,
  hookEnvs: texts,
  dryRun: flag,
  atomic: oneOf('machine', 'gpu', 'none'),
}

const { config: _config, ...restoreRules } = applyRules
const { dryRun: _dryRun, ...heldRules } = applyRules
const holdRules: OptionRules<HoldOptions> = { ...heldRules, checkpointFile: file }

/** The functions that change a machine, and their options. */
interface ChangingOptions {
  readonly applyMigConfig: ApplyOptions
  readonly startMigConfig: ApplyOptions
  readonly withMigConfig: HoldOptions
  readonly holdMigConfig: HoldOptions
  readonly restoreMig: RestoreOptions
  readonly recoverMig: RecoverOptions
}

/** Those that only look. */
interface LookingOptions {
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

const looking: RulesOf<LookingOptions> = {
  planMigConfig: planRules,
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

/**
 * The same of one that only looks. The options of an apply do nothing there and are let pass, so that one
 * object can serve for both.
 */
export function checkLooking(name: keyof LookingOptions, options: unknown): void {
  checkOptions(name, options, looking[name], applyRules)
}
