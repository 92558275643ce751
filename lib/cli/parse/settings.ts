import type {
  ApplyOptions,
  ConfigOptions,
  DriverOptions,
  PlanOptions,
} from '../../../types/machine/options.js'
import { atomicScopes, matchings, resetMethods } from '../../machine/operation/option-rules.js'
import type { DocumentKind } from '../../model/document-text.js'
import { readTextFile, readTextStream } from '../../system/read-text.js'
import { driverOptions } from './machine.js'
import { choiceOf, given, optionalNumber, textOf } from './option-values.js'
import { type OptionValues, type Terminal, UsageError } from './verb.js'

/** The text of a document, and the options that select a configuration in it. */
export interface ConfigInput {
  readonly text: string
  readonly select: Pick<ConfigOptions, 'config' | 'matching'>
}

export async function readConfig(values: OptionValues, terminal: Terminal): Promise<ConfigInput> {
  const file = textOf(values, 'config-file')
  if (file === undefined) throw new UsageError('-f FILE is missing: the configuration file')
  const select = {
    ...given('config', textOf(values, 'selected-config')),
    ...given('matching', choiceOf(values, 'matching', matchings)),
  }
  return { text: await readInput(file, terminal), select }
}

/** `-` is standard input. */
function readInput(file: string, { stdin, signal }: Terminal): Promise<string> {
  return file === '-'
    ? readTextStream(stdin(), kindOf('The MIG configuration on standard input'), signal)
    : readTextFile(file, kindOf(`The MIG configuration ${file}`), signal)
}

function kindOf(subject: string): DocumentKind {
  return { code: 'MIG_CONFIG_INVALID', subject }
}

type PlanSettings = Pick<PlanOptions, 'modeOnly' | 'skipReset' | 'evict'>

export function planSettings(values: OptionValues): PlanSettings {
  return {
    modeOnly: values['mode-only'] === true,
    skipReset: values['skip-reset'] === true,
    evict: values['evict'] === true,
  }
}

type ResetSettings = Pick<ApplyOptions, 'reset' | 'resetTimeoutMs'>

type RunSettings = PlanSettings &
  ResetSettings &
  DriverOptions &
  Pick<ApplyOptions, 'dryRun' | 'atomic' | 'hooks' | 'hookEnvs'>

/** `file`: the variable in which hooks find the path of the configuration or checkpoint. */
export async function runSettings(
  values: OptionValues,
  terminal: Terminal,
  file: Readonly<Record<string, string | undefined>>,
): Promise<RunSettings> {
  const hooksFile = textOf(values, 'hooks-file')
  const hooks =
    hooksFile === undefined
      ? undefined
      : await readTextFile(hooksFile, kindOf(`The hooks document ${hooksFile}`), terminal.signal)
  return {
    ...driverOptions(values, terminal),
    ...planSettings(values),
    dryRun: values['dry-run'] === true,
    ...given('atomic', choiceOf(values, 'atomic', atomicScopes)),
    ...resetSettings(values),
    ...given('hooks', hooks),
    hookEnvs: texts({ ...file, MIG_PARTED_HOOKS_FILE: hooksFile }),
  }
}

export function resetSettings(values: OptionValues): ResetSettings {
  return {
    ...given('reset', choiceOf(values, 'reset', resetMethods)),
    ...given('resetTimeoutMs', optionalNumber(values, 'reset-timeout-ms', 1)),
  }
}

function texts(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  )
}
