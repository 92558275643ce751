import type { CompletedApply } from '../../types/machine/report.js'
import { formatPlan } from '../plan/text.js'
import { renderPlan } from '../render/plan.js'
import { pictureOptions } from './picture-options.js'
import type { Terminal } from './verb.js'

/** What changes and why, then a picture of the GPUs that do. */
export function printPlan({ before, plan }: CompletedApply, terminal: Terminal): void {
  terminal.out(`${formatPlan(plan)}\n`)
  const gpus = plan.gpus.filter(({ steps }) => steps.length > 0)
  if (gpus.length === 0) return
  terminal.out(
    `\n${renderPlan(before, { ...plan, gpus }, { ...pictureOptions(terminal), fold: true })}\n`,
  )
}
