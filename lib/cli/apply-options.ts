import { readFile } from 'node:fs/promises'
import type { ApplyOptions, PlanOptions } from '../../types/options.js'
import { choiceOf, given, textOf } from './option-values.js'
import { type OptionValues, UsageError } from './verb.js'

type PlanSettings = Pick<PlanOptions, 'modeOnly' | 'skipReset' | 'evict'>

export function planSettings(values: OptionValues): PlanSettings {
  return {
    modeOnly: values['mode-only'] === true,
    skipReset: values['skip-reset'] === true,
    evict: values['evict'] === true,
  }
}

type RunSettings = PlanSettings &
  Pick<ApplyOptions, 'dryRun' | 'atomic' | 'reset' | 'concurrency' | 'hooks' | 'hookEnvs'>

/** `file` is where hooks find the configuration or checkpoint, under that variable. */
export async function runSettings(
  values: OptionValues,
  file: Readonly<Record<string, string | undefined>>,
): Promise<RunSettings> {
  const hooksFile = textOf(values, 'hooks-file')
  return {
    ...planSettings(values),
    dryRun: values['dry-run'] === true,
    ...given('atomic', choiceOf(values, 'atomic', ['machine', 'gpu', 'none'])),
    ...given('reset', resetMethod(values)),
    ...given('concurrency', concurrencyOf(textOf(values, 'concurrency'))),
    ...given('hooks', hooksFile === undefined ? undefined : await readFile(hooksFile, 'utf8')),
    hookEnvs: texts({ ...file, MIG_PARTED_HOOKS_FILE: hooksFile }),
  }
}

export function resetMethod(values: OptionValues): 'nvidia-smi' | 'sysfs' | 'none' | undefined {
  return choiceOf(values, 'reset', ['nvidia-smi', 'sysfs', 'none'])
}

function concurrencyOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const concurrency = Number(text)
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new UsageError('--concurrency takes a whole number from 1')
  return concurrency
}

function texts(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  )
}
