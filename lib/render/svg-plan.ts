import type { GpuPlan, MigPlan, TargetGpuInstance } from '../../types/plan.js'
import type { GpuInstance, GpuState, MigState } from '../../types/state.js'
import type { SvgOptions } from '../../types/svg.js'
import { MigError } from '../errors.js'
import { fatesAfter, fatesBefore } from './plan-fates.js'
import { element, type Svg } from './svg-element.js'
import { drawGpu, panelHeight, panelWidth, signs } from './svg-gpu.js'
import { drawLegend, legendHeight } from './svg-legend.js'
import { countGpus, describeGpu } from './svg-machine.js'
import { drawPicture, moveTo } from './svg-picture.js'
import { drawText } from './svg-text.js'

const arrowWidth = 56
const gap = 24
const headingHeight = 28

/**
 * A plan as an SVG document: each GPU that it is about as it is and as it will be, side by side, with
 * what stays, goes and comes. `before` is the state from which it was made: of a report, its `before`.
 *
 * @throws MigError `MIG_GPU_NOT_FOUND` when a GPU of the plan is not in that state.
 */
export function renderPlanSvg(
  before: MigState,
  plan: MigPlan,
  {
    title = `MIG plan ${plan.config} for ${countGpus(plan.gpus.length)}`,
  }: Omit<SvgOptions, 'columns'> = {},
): string {
  const pairs = plan.gpus.map((gpuPlan) => {
    const gpu = before.gpus.find(({ uuid }) => uuid === gpuPlan.gpu)
    if (gpu === undefined)
      throw new MigError(
        'MIG_GPU_NOT_FOUND',
        `GPU ${gpuPlan.gpuIndex} of the plan is not in the state`,
      )
    return { gpu, after: stateAfter(gpu, gpuPlan), gpuPlan }
  })
  const width = 2 * panelWidth + arrowWidth
  const rows = pairs.map(({ gpu, after, gpuPlan }, row) =>
    moveTo(0, headingHeight + row * (panelHeight + gap), drawPair(gpu, after, gpuPlan)),
  )
  const below = headingHeight + pairs.length * (panelHeight + gap)
  const shown = pairs.flatMap(({ gpu, after }) => [gpu, after])
  const legend = drawLegend(shown, width, [
    `${signs.keep} stays`,
    `${signs.change} stays, changed inside`,
    `${signs.destroy} goes`,
    `${signs.create} comes`,
  ])
  const right = panelWidth + arrowWidth
  return drawPicture({
    ...{ width, height: below + (legend.split('<text').length - 1) * legendHeight - 8, title },
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

function drawPair(gpu: GpuState, after: GpuState, { steps }: GpuPlan): Svg {
  const middle = 24 + (panelHeight - 24) / 2
  const [start, end] = [panelWidth + 10, panelWidth + arrowWidth - 10]
  const arrow = `M${start} ${middle}H${end}M${end - 8} ${middle - 6}L${end} ${middle}L${end - 8} ${middle + 6}`
  return [
    drawGpu(gpu, fatesBefore(steps)),
    element('path', { class: 'line', 'stroke-width': 2, d: arrow }),
    moveTo(panelWidth + arrowWidth, 0, drawGpu(after, fatesAfter(steps))),
  ].join('')
}

/** How a GPU will be; its instances have no numbers yet. */
function stateAfter(gpu: GpuState, { target }: GpuPlan): GpuState {
  const { migEnabled, migPending = migEnabled, gpuInstances } = target
  return {
    ...gpu,
    mig: gpu.mig === null ? null : { enabled: migEnabled, pending: migPending },
    gpuInstances: gpuInstances
      .map(instanceAfter)
      .sort((a, b) => a.placement.start - b.placement.start),
  }
}

function instanceAfter(target: TargetGpuInstance): GpuInstance {
  const { profileId, profileName, placement, computeInstances } = target
  return {
    ...{ id: -1, profileId, profileName, placement },
    computeInstances: computeInstances
      .toSorted((a, b) => (a.placement?.start ?? 0) - (b.placement?.start ?? 0))
      .map(({ name, sliceCount, placement: place }) => ({
        ...{ id: -1, profileId: -1, name, sliceCount, placement: place, uuid: null },
      })),
  }
}
