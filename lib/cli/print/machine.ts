import type { MigPlan } from '../../../types/machine/plan.js'
import type { RenderOptions } from '../../../types/machine/render.js'
import type { CompletedApply } from '../../../types/machine/report.js'
import type { MigState, UnlistedGpuState } from '../../../types/model/state.js'
import { formatGpus } from '../../model/gpu-text.js'
import { configPermissionHint, monitorPermissionHint } from '../../model/permission-hints.js'
import { formatPlan } from '../../plan/text.js'
import { renderMachine } from '../../render/machine.js'
import { renderPlan } from '../../render/plan.js'
import { renderMachineSvg } from '../../render/svg-machine.js'
import { renderPlanSvg } from '../../render/svg-plan.js'
import { refuseUnwritable, replaceFile } from '../../system/write-file.js'
import { textOf } from '../parse/option-values.js'
import { type OptionValues, type Terminal, UsageError } from '../parse/verb.js'
import { describeDevices } from './devices.js'

export function pictureOptions({ color, unicode, textColumns }: Terminal): RenderOptions {
  return { color, unicode, columns: textColumns }
}

/** One picture for GPUs that look the same, then the MIG devices that programs can use. */
export function printMachine(state: MigState, terminal: Terminal): void {
  terminal.out(`${renderMachine(state, { ...pictureOptions(terminal), fold: true })}\n`)
  for (const { index, uuid } of state.lostGpus)
    terminal.out(
      `GPU ${index}  lost: it has fallen off the bus${uuid === null ? '' : `  ${uuid}`}\n`,
    )
  for (const line of describeDevices(state, terminal.textColumns)) terminal.out(`${line}\n`)
  const unlisted = state.gpus.filter((gpu) => gpu.gpuInstances === null)
  if (unlisted.length > 0) terminal.out(`${describeUnlisted(unlisted)}\n`)
}

function describeUnlisted(gpus: readonly UnlistedGpuState[]): string {
  const seesAll = gpus.every(({ seesAllDevices }) => seesAllDevices)
  const unknown = 'places, GPU instances without a compute instance, what else fits'
  const hints = [configPermissionHint, ...(seesAll ? [] : [monitorPermissionHint])]
  return [
    `${formatGpus(gpus)}: the driver lists GPU instances only to root and with the permission mig/config.`,
    `Not known: ${seesAll ? '' : 'MIG devices of others, '}${unknown}.`,
    ...hints.map((hint) => `hint: ${hint.replaceAll('\n', '\n      ')}`),
  ].join('\n')
}

/** Prints the changes, then a picture of the changed GPUs. The warnings are printed elsewhere. */
export function printPlan({ before, plan }: CompletedApply, terminal: Terminal): void {
  terminal.out(`${formatPlan({ ...plan, warnings: [] })}\n`)
  const gpus = plan.gpus.filter(({ steps }) => steps.length > 0)
  if (gpus.length === 0) return
  terminal.out(
    `\n${renderPlan(before, { ...plan, gpus }, { ...pictureOptions(terminal), fold: true })}\n`,
  )
}

export function printWarnings({ warnings }: MigPlan, { err }: Terminal): void {
  for (const warning of warnings) err(`warning: ${warning}\n`)
}

/** The file that `--svg` names. Rejects if it cannot be written, before anything is changed. */
export async function svgFile(values: OptionValues): Promise<string | undefined> {
  const file = textOf(values, 'svg')
  if (file === '-' || file === '') throw new UsageError('--svg needs the name of a file')
  if (file === undefined) return file
  await refuseUnwritable(file)
  return file
}

/** Writes the plan of a dry run, before and after; for a real run, the machine as it is now. */
export async function writeReportSvg(
  file: string | undefined,
  { outcome, before, after, plan }: CompletedApply,
): Promise<void> {
  if (file === undefined) return
  const fold = true
  const svg =
    outcome === 'planned'
      ? renderPlanSvg(before, plan, { fold })
      : renderMachineSvg(after, { fold })
  await replaceFile(file, svg)
}
