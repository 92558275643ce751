import type { MigPlan } from '../../types/machine/plan.js'
import type { RenderOptions } from '../../types/machine/render.js'
import type { GpuState, MigState } from '../../types/model/state.js'
import { groupBy } from '../model/group-by.js'
import { panelOf } from './machine.js'
import { markFates } from './mark-fates.js'
import { checkRenderOptions } from './option-rules.js'
import { drawPanels, legendOf, type Panel } from './panel.js'
import { type Fates, fatesAfter, fatesBefore, fateWords } from './plan-fates.js'
import { pairsOf } from './plan-pairs.js'
import { signsOf } from './style.js'

/**
 * A plan as text: each of its GPUs before and after, with signs for instances that stay, go or come. `before` is
 * the state that the plan was made from; a report has it as `before`.
 *
 * @throws MigError `MIG_GPU_NOT_FOUND` if that state lacks a GPU of the plan.
 */
export function renderPlan(before: MigState, plan: MigPlan, options: RenderOptions = {}): string {
  checkRenderOptions('renderPlan', options)
  const { color = false, unicode = true, columns = 100, fold = false } = options
  const style = { color, unicode }
  const each = pairsOf(before, plan).map(({ gpu, after, gpuPlan: { steps } }) => [
    withFates(gpu, fatesBefore(steps)),
    { ...withFates(after, fatesAfter(steps)), name: 'after' },
  ])
  if (each.length === 0) return 'no GPUs'
  const panels = (fold ? foldPairs(each) : each).flat()
  const legend = legendOf(panels, columns, style, fateWords(signsOf(style)))
  return [...drawPanels(panels, { columns, group: 2 }, style), legend].join('\n').trimEnd()
}

function withFates(gpu: GpuState, fates: Fates): Panel {
  const panel = panelOf(gpu)
  return { ...panel, picture: markFates(panel.picture, gpu.gpuInstances, fates) }
}

/** GPUs with equal states before and after are shown once. */
function foldPairs(pairs: readonly (readonly Panel[])[]): readonly (readonly Panel[])[] {
  const looks = (pair: readonly Panel[]): string =>
    JSON.stringify(pair.map(({ indexes: _, ...panel }) => panel))
  return [...groupBy(pairs, looks).values()].map((same) =>
    (same[0] ?? []).map((panel) => ({
      ...panel,
      indexes: same.flatMap(([first]) => first?.indexes ?? []),
    })),
  )
}
