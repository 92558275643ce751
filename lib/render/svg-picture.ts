import { element, escapeText, type Svg, titleOf } from './svg-element.js'
import { pictureClass, styleSheet } from './svg-style.js'

export const margin = 16

export interface Picture {
  readonly width: number
  readonly height: number
  /** What it is. */
  readonly title: string
  /** All that is to be seen, for who cannot see it. */
  readonly description: string
  /** Between the margins. */
  readonly content: readonly Svg[]
}

/** A whole document, which is one picture to a screen reader. It has no ids, so that pages can have several. */
export function drawPicture({ width, height, title, description, content }: Picture): Svg {
  const [full, tall] = [width + 2 * margin, height + 2 * margin]
  const root = {
    ...{ xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${full} ${tall}` },
    ...{ width: full, height: tall, class: pictureClass, role: 'img', 'aria-label': title },
  }
  return `${element(
    'svg',
    root,
    titleOf(title),
    element('desc', {}, escapeText(description)),
    styleSheet(),
    element('rect', { class: 'canvas', width: full, height: tall, rx: 8 }),
    moveTo(margin, margin, ...content),
  )}\n`
}

export function moveTo(x: number, y: number, ...content: readonly Svg[]): Svg {
  return element('g', { transform: `translate(${x} ${y})` }, ...content)
}
