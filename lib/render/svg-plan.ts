import type { MigPlan } from '../../types/machine/plan.js'
import type { SvgOptions } from '../../types/machine/render.js'
import type { MigState } from '../../types/model/state.js'
import { checkSvgOptions } from './option-rules.js'
import { fatesAfter, fatesBefore, fateWords, signs } from './plan-fates.js'
import { type PlanPair, pairsOf } from './plan-pairs.js'
import { element, type Svg } from './svg-element.js'
import { drawGpu, panelHeight, panelWidth } from './svg-gpu.js'
import { drawLegend, legendHeight } from './svg-legend.js'
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
  checkSvgOptions('renderPlanSvg', options)
  const { title = `MIG plan ${plan.config} for ${countGpus(plan.gpus.length)}` } = options
  const pairs = pairsOf(before, plan)
  const width = 2 * panelWidth + arrowWidth
  const rows = pairs.map((pair, row) =>
    moveTo(0, headingHeight + row * (panelHeight + gap), drawPair(pair)),
  )
  const below = headingHeight + pairs.length * (panelHeight + gap)
  const shown = pairs.flatMap(({ gpu, after }) => [gpu, after])
  const legend = drawLegend(shown, width, fateWords(signs))
  const right = panelWidth + arrowWidth
  return drawPicture({
    width,
    height: below + (legend.split('<text').length - 1) * legendHeight - 8,
    title,
    description: pairs
      .map(({ gpu, after, gpuPlan }) =>
        gpuPlan.steps.length === 0
          ? `${describeGpu(gpu)} Nothing to do.`
          : `Before: ${describeGpu(gpu)} After: ${describeGpu(after)}`,
      )
      .join(' '),
    content: [
      drawText(`${plan.config}: before`, {
        x: 2,
        y: 14,
        className: 'text strong',
        width: panelWidth,
      }),
      drawText('after', { x: right + 2, y: 14, className: 'text strong' }),
      ...rows,
      moveTo(0, below - 8, legend),
    ],
  })
}

function drawPair({ gpu, after, gpuPlan: { steps } }: PlanPair): Svg {
  const middle = 24 + (panelHeight - 24) / 2
  const [start, end] = [panelWidth + 10, panelWidth + arrowWidth - 10]
  const arrow = `M${start} ${middle}H${end}M${end - 8} ${middle - 6}L${end} ${middle}L${end - 8} ${middle + 6}`
  return [
    drawGpu(gpu, fatesBefore(steps)),
    element('path', { class: 'line', 'stroke-width': 2, d: arrow }),
    moveTo(panelWidth + arrowWidth, 0, drawGpu(after, fatesAfter(steps))),
  ].join('')
}
