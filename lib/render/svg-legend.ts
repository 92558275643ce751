import type { AnyGpuState } from '../../types/model/state.js'
import { type Cell, pictureGpu } from './gpu-picture.js'
import type { Svg } from './svg-element.js'
import { drawText, fitText } from './svg-text.js'

export const legendHeight = 20

/** The legend: only of marks that the picture has. */
export function drawLegend(
  gpus: readonly AnyGpuState[],
  width: number,
  more: readonly string[] = [],
): Svg {
  const cells = gpus.flatMap((gpu) => {
    const picture = pictureGpu(gpu)
    return picture.kind === 'grid' ? [...picture.memory, ...picture.compute] : []
  })
  const has = (kind: Cell['kind']): boolean => cells.some((cell) => cell.kind === kind)
  const words = [
    ...(cells.length === 0 ? [] : ['memory above, compute below']),
    ...more,
    ...(has('free') ? ['dotted: free'] : []),
    ...(has('unused') ? ['crossed: lost to the instance above'] : []),
    ...(has('bare') ? ['(…): no compute instance'] : []),
  ]
  const lines: string[] = []
  for (const word of words) {
    const line = `${lines.at(-1) ?? ''}  ·  ${word}`
    if (lines.length > 0 && fitText(line, width) === line) lines[lines.length - 1] = line
    else lines.push(word)
  }
  return lines
    .map((line, row) =>
      drawText(line, { x: 2, y: 14 + row * legendHeight, className: 'faint small', width }),
    )
    .join('')
}
