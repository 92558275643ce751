import type { ApplyOptions, DriverOptions, PlanOptions } from '../../../types/machine/options.js'
import { atomicScopes, resetMethods } from '../../machine/operation/option-rules.js'
import type { DocumentKind } from '../../model/document-text.js'
import { readTextFile } from '../../system/read-text.js'
import { driverOptions } from './machine.js'
import { choiceOf, given, optionalNumber, textOf } from './option-values.js'
import { type OptionValues, type Terminal, UsageError } from './verb.js'

export function kindOf(subject: string): DocumentKind {
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
  Pick<ApplyOptions, 'dryRun' | 'atomic' | 'hooks' | 'hookEnvs' | 'cdi' | 'clients'>

/** `file`: the variable in which hooks find the path of the configuration or checkpoint. */
export async function runSettings(
  values: OptionValues,
  terminal: Terminal,
  file: Readonly<Record<string, string | undefined>>,
): Promise<RunSettings> {
  const hooksFile = textOf(values, 'hooks-file')
  const hooks = await readOptional(hooksFile, 'The hooks document', terminal)
  const clients = await readOptional(textOf(values, 'clients'), 'The clients document', terminal)
  return {
    ...planSettings(values),
    dryRun: values['dry-run'] === true,
    ...given('atomic', choiceOf(values, 'atomic', atomicScopes)),
    ...resetSettings(values),
    ...given('hooks', hooks),
    ...given('clients', clients),
    ...given('cdi', specOf(values)),
    hookEnvs: texts({ ...file, MIG_PARTED_HOOKS_FILE: hooksFile }),
    ...driverOptions(values, terminal),
  }
}

async function readOptional(
  file: string | undefined,
  what: string,
  { signal }: Terminal,
): Promise<string | undefined> {
  return file === undefined ? undefined : readTextFile(file, kindOf(`${what} ${file}`), signal)
}

function specOf(values: OptionValues): ApplyOptions['cdi'] {
  const [file, root] = [textOf(values, 'cdi'), textOf(values, 'root')]
  if (file === undefined && root !== undefined) throw new UsageError('--root needs --cdi')
  return file === undefined ? undefined : { file, ...given('root', root) }
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
