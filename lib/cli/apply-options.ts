import type { ApplyOptions, PlanOptions } from '../../types/machine/options.js'
import { readTextFile } from '../system/read-text.js'
import { choiceOf, given, optionalNumber, textOf } from './option-values.js'
import type { OptionValues, Terminal } from './verb.js'

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
  Pick<ApplyOptions, 'dryRun' | 'atomic' | 'hooks' | 'hookEnvs'>

/** `file` is where hooks find the configuration or checkpoint, under that variable. */
export async function runSettings(
  values: OptionValues,
  { signal }: Terminal,
  file: Readonly<Record<string, string | undefined>>,
): Promise<RunSettings> {
  const hooksFile = textOf(values, 'hooks-file')
  const hooks =
    hooksFile === undefined
      ? undefined
      : await readTextFile(
          hooksFile,
          { code: 'MIG_CONFIG_INVALID', subject: `The hooks document ${hooksFile}` },
          signal,
        )
  return {
    ...planSettings(values),
    dryRun: values['dry-run'] === true,
    ...given('atomic', choiceOf(values, 'atomic', ['machine', 'gpu', 'none'])),
    ...resetSettings(values),
    ...given('hooks', hooks),
    hookEnvs: texts({ ...file, MIG_PARTED_HOOKS_FILE: hooksFile }),
  }
}

export function resetSettings(values: OptionValues): ResetSettings {
  return {
    ...given('reset', choiceOf(values, 'reset', ['nvidia-smi', 'sysfs', 'none'])),
    ...given('resetTimeoutMs', optionalNumber(values, 'reset-timeout-ms', 1)),
  }
}

function texts(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  )
}
