import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CompletedApply } from '../../types/machine/report.js'
import { renderMachineSvg } from '../render/svg-machine.js'
import { renderPlanSvg } from '../render/svg-plan.js'
import { refuseSpecial, replaceFile } from '../system/write-file.js'
import { textOf } from './option-values.js'
import { type OptionValues, UsageError } from './verb.js'

/** Where `--svg` wants the picture. Rejects where none can be written, before anything is done. */
export async function svgFile(values: OptionValues): Promise<string | undefined> {
  const file = textOf(values, 'svg')
  if (file === '-' || file === '') throw new UsageError('--svg takes the name of a file')
  if (file === undefined) return file
  await access(dirname(file), constants.W_OK)
  await refuseSpecial(file)
  return file
}

/** Of a plan before and after; of what was applied the machine as it is now. */
export async function writeReportSvg(
  file: string | undefined,
  { outcome, before, after, plan }: CompletedApply,
): Promise<void> {
  if (file === undefined) return
  const svg = outcome === 'planned' ? renderPlanSvg(before, plan) : renderMachineSvg(after)
  await replaceFile(file, svg)
}
