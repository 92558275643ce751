import type { Cell, GpuPicture } from './gpu-picture.js'
import { fateWords, type Signs } from './plan-fates.js'
import type { Svg } from './svg-element.js'
import { drawText, fitText } from './svg-text.js'

const legendLine = 20

export interface Legend {
  readonly drawing: Svg
  /** 0: there is nothing to say. */
  readonly height: number
}

/** The legend: only of marks that the picture has. */
export function drawLegend(
  pictures: readonly GpuPicture[],
  width: number,
  fates: Signs | null = null,
): Legend {
  const cells = pictures.flatMap((picture) =>
    picture.kind === 'grid' ? [...picture.memory, ...picture.compute] : [],
  )
  const has = (kind: Cell['kind']): boolean => cells.some((cell) => cell.kind === kind)
  const words = [
    ...(cells.length === 0 ? [] : ['memory above, compute below']),
    ...(fates === null ? [] : fateWords(fates, cells)),
    ...(has('free') ? ['dotted: free'] : []),
    ...(has('unusable') || has('unused') ? ['crossed: unusable'] : []),
    ...(has('bare') ? ['(…): no compute instance'] : []),
  ]
  const lines: string[] = []
  for (const word of words) {
    const line = `${lines.at(-1) ?? ''}  ·  ${word}`
    if (lines.length > 0 && fitText(line, width) === line) lines[lines.length - 1] = line
    else lines.push(word)
  }
  const drawing = lines
    .map((line, row) =>
      drawText(line, { x: 2, y: 14 + row * legendLine, className: 'faint small', width }),
    )
    .join('')
  return { drawing, height: lines.length * legendLine }
}
