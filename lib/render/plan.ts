import type { MigPlan } from '../../types/machine/plan.js'
import type { RenderOptions } from '../../types/machine/render.js'
import type { MigState } from '../../types/model/state.js'
import { checkPlan, checkState } from '../model/check-state.js'
import { fatedPanel } from './fated-panel.js'
import { foldAlike } from './fold.js'
import { checkRenderOptions } from './option-rules.js'
import { drawPanels, legendOf } from './panel.js'
import { fatesAfter, fatesBefore } from './plan-fates.js'
import { pairsOf } from './plan-pairs.js'
import { signsOf } from './style.js'

/**
 * A plan as text: each of its GPUs before and after, with signs for instances that stay, go or come. `before` is
 * the state that the plan was made from; a report has it as `before`.
 *
 * @throws MigError `MIG_GPU_NOT_FOUND` if that state lacks a GPU of the plan.
 */
export function renderPlan(before: MigState, plan: MigPlan, options: RenderOptions = {}): string {
  checkState('renderPlan', before)
  checkPlan('renderPlan', plan)
  checkRenderOptions('renderPlan', options)
  const { color = false, unicode = true, columns = 100, fold = false } = options
  const style = { color, unicode }
  const each = pairsOf(before, plan).map(({ gpu, after, gpuPlan: { steps } }) => ({
    panels: [
      fatedPanel(gpu, fatesBefore(steps)),
      { ...fatedPanel(after, fatesAfter(steps)), name: 'after' },
    ],
  }))
  if (each.length === 0) return 'no GPUs'
  const panels = (fold ? foldAlike(each) : each).flatMap(({ panels: pair }) => pair)
  const legend = legendOf(panels, columns, style, signsOf(style))
  return [...drawPanels(panels, { columns, group: 2 }, style), legend].join('\n').trimEnd()
}
