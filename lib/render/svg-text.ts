import { element, escapeText, type Svg } from './svg-element.js'
import { emPerLetter } from './svg-style.js'

export interface TextPlace {
  readonly x: number
  /** The baseline of the letters. */
  readonly y: number
  readonly className: string
  /** Where the text is cut. Default: nowhere. */
  readonly width?: number
}

const fontSize = 13
/** From one line of a label to the next. */
export const lineHeight = 14

export function widthOf(text: string): number {
  return text.length * emPerLetter * fontSize
}

/** The text, cut if it is too long. */
export function fitText(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  const letters = Math.floor(width / (emPerLetter * fontSize)) - 1
  return letters < 1 ? '' : `${text.slice(0, letters)}…`
}

export function drawText(text: string, { x, y, className, width }: TextPlace): Svg {
  const shown = width === undefined ? text : fitText(text, width)
  return shown === '' ? '' : element('text', { x, y, class: className }, escapeText(shown))
}
