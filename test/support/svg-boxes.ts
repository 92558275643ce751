import { hasClass, type XmlElement } from './xml.js'

/** A rectangle, in the coordinates of the whole picture. */
export interface SvgBox {
  readonly element: XmlElement
  /** The elements that it is in, the root first. */
  readonly path: readonly XmlElement[]
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** A text and where it is anchored, in the coordinates of the whole picture. */
export interface SvgText {
  readonly element: XmlElement
  readonly path: readonly XmlElement[]
  readonly text: string
  readonly x: number
  readonly y: number
}

/** All `rect` elements with their groups' translations added up. Throws for a transformation of another kind. */
export function boxesOf(root: XmlElement): readonly SvgBox[] {
  return placed(root)
    .filter(({ element }) => element.name === 'rect')
    .map(({ element, path, x, y }) => ({
      element,
      path,
      left: x + numberOf(element, 'x'),
      top: y + numberOf(element, 'y'),
      width: numberOf(element, 'width'),
      height: numberOf(element, 'height'),
    }))
}

export function textsOf(root: XmlElement): readonly SvgText[] {
  return placed(root)
    .filter(({ element }) => element.name === 'text')
    .map(({ element, path, x, y }) => ({
      element,
      path,
      text: element.text,
      x: x + numberOf(element, 'x'),
      y: y + numberOf(element, 'y'),
    }))
}

/** Any element, in the coordinates of the whole picture. */
export interface Placed {
  readonly element: XmlElement
  readonly path: readonly XmlElement[]
  /** The sum of the translations of the element and of all that it is in. */
  readonly x: number
  readonly y: number
}

export function placed(
  element: XmlElement,
  path: readonly XmlElement[] = [],
  [x, y]: readonly [number, number] = [0, 0],
): readonly Placed[] {
  const [dx, dy] = translationOf(element.attributes['transform'])
  const own = { element, path, x: x + dx, y: y + dy }
  const below = element.children.flatMap((child) =>
    placed(child, [...path, element], [own.x, own.y]),
  )
  return [own, ...below]
}

/** The group of a class that a box is in, or undefined. */
export function groupOf({ path }: Pick<SvgBox, 'path'>, name: string): XmlElement | undefined {
  return path.find((element) => hasClass(element, name))
}

/** SVG's default of a place is 0; that of a size would be nothing to see. */
function numberOf({ attributes }: XmlElement, name: string): number {
  const number = Number(attributes[name] ?? (name === 'x' || name === 'y' ? 0 : Number.NaN))
  if (Number.isNaN(number)) throw new Error(`${name}="${attributes[name]}" is no number`)
  return number
}

function translationOf(text: string | undefined): readonly [number, number] {
  if (text === undefined) return [0, 0]
  const [, dx, dy] = /^translate\((-?[\d.]+) (-?[\d.]+)\)$/.exec(text) ?? []
  if (dx === undefined || dy === undefined) throw new Error(`transform="${text}"`)
  return [Number(dx), Number(dy)]
}
