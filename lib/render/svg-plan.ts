import type { MigPlan } from '../../types/machine/plan.js'
import type { SvgOptions } from '../../types/machine/render.js'
import type { MigState } from '../../types/model/state.js'
import { checkPlan, checkState } from '../model/check-state.js'
import { fatedPanel } from './fated-panel.js'
import { foldAlike } from './fold.js'
import { checkSvgOptions } from './option-rules.js'
import { fatesAfter, fatesBefore, signs } from './plan-fates.js'
import { type PlanPair, pairsOf } from './plan-pairs.js'
import { element, type Svg } from './svg-element.js'
import { drawGpu, panelHeight, panelWidth, type SvgPanel } from './svg-gpu.js'
import { drawLegend } from './svg-legend.js'
import { countGpus, describeGpu } from './svg-machine.js'
import { drawPicture, moveTo } from './svg-picture.js'
import { drawText } from './svg-text.js'

const arrowWidth = 56
const gap = 24
const headingHeight = 28

/**
 * A plan as an SVG document: each of its GPUs before and after, side by side, with marks for instances that
 * stay, go or come. `before` is the state that the plan was made from; a report has it as `before`.
 *
 * @throws MigError `MIG_GPU_NOT_FOUND` if that state lacks a GPU of the plan.
 */
export function renderPlanSvg(
  before: MigState,
  plan: MigPlan,
  options: Omit<SvgOptions, 'columns'> = {},
): string {
  checkState('renderPlanSvg', before)
  checkPlan('renderPlanSvg', plan)
  checkSvgOptions('renderPlanSvg', options)
  const { title = `MIG plan ${plan.config} for ${countGpus(plan.gpus.length)}`, fold = false } =
    options
  const pairs = pairsOf(before, plan).map((pair) => {
    const { steps } = pair.gpuPlan
    const panels = [
      fatedPanel(pair.gpu, fatesBefore(steps)),
      fatedPanel(pair.after, fatesAfter(steps)),
    ]
    return { ...pair, panels }
  })
  const shown = (fold ? foldAlike(pairs) : pairs).flatMap(({ panels: [left, right], ...pair }) =>
    left === undefined || right === undefined
      ? []
      : [
          {
            left: { panel: left, instances: pair.gpu.gpuInstances },
            right: { panel: right, instances: pair.after.gpuInstances },
            words: describePair(pair, left.indexes),
          },
        ],
  )
  const width = 2 * panelWidth + arrowWidth
  const rows = shown.map(({ left, right }, row) =>
    moveTo(0, headingHeight + row * (panelHeight + gap), drawPair(left, right)),
  )
  const below = headingHeight + shown.length * (panelHeight + gap)
  const pictures = shown.flatMap(({ left, right }) => [left.panel.picture, right.panel.picture])
  const legend = drawLegend(pictures, width, signs)
  const right = panelWidth + arrowWidth
  return drawPicture({
    width,
    height: below + legend.height - 8,
    title,
    description: shown.map(({ words }) => words).join(' '),
    content: [
      drawText(`${plan.config}: before`, {
        x: 2,
        y: 14,
        className: 'text strong',
        width: panelWidth,
      }),
      drawText('after', { x: right + 2, y: 14, className: 'text strong' }),
      ...rows,
      moveTo(0, below - 8, legend.drawing),
    ],
  })
}

function describePair({ gpu, after, gpuPlan }: PlanPair, indexes: readonly number[]): string {
  return gpuPlan.steps.length === 0
    ? `${describeGpu(gpu, indexes)} Nothing to do.`
    : `Before: ${describeGpu(gpu, indexes)} After: ${describeGpu(after, indexes)}`
}

function drawPair(left: SvgPanel, right: SvgPanel): Svg {
  const middle = 24 + (panelHeight - 24) / 2
  const [start, end] = [panelWidth + 10, panelWidth + arrowWidth - 10]
  const arrow = `M${start} ${middle}H${end}M${end - 8} ${middle - 6}L${end} ${middle}L${end - 8} ${middle + 6}`
  return [
    drawGpu(left),
    element('path', { class: 'line', 'stroke-width': 2, d: arrow }),
    moveTo(panelWidth + arrowWidth, 0, drawGpu(right)),
  ].join('')
}
