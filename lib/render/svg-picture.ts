import { element, escapeText, type Svg, titleOf } from './svg-element.js'
import { pictureClass, styleSheet } from './svg-style.js'

export const margin = 16

export interface Picture {
  readonly width: number
  readonly height: number
  /** The name of the picture. */
  readonly title: string
  /** Everything that the picture shows, in words for a screen reader. */
  readonly description: string
  /** Without the margins. */
  readonly content: readonly Svg[]
}

/** A whole document, which a screen reader takes for one picture. It has no ids, so that a page can have several. */
export function drawPicture({ width, height, title, description, content }: Picture): Svg {
  const [full, tall] = [width + 2 * margin, height + 2 * margin]
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${full} ${tall}`,
    width: full,
    height: tall,
    class: pictureClass,
    role: 'img',
    'aria-label': title,
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
