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

/** All `rect` elements with their groups' translations added up. Throws for a transformation of another kind. */
export function boxesOf(
  element: XmlElement,
  path: readonly XmlElement[] = [],
  [x, y]: readonly [number, number] = [0, 0],
): readonly SvgBox[] {
  const { name, attributes, children } = element
  const [dx, dy] = translationOf(attributes['transform'])
  const at = [x + dx, y + dy] as const
  const own =
    name === 'rect'
      ? [
          {
            element,
            path,
            left: at[0] + numberOf(element, 'x'),
            top: at[1] + numberOf(element, 'y'),
            width: numberOf(element, 'width'),
            height: numberOf(element, 'height'),
          },
        ]
      : []
  return [...own, ...children.flatMap((child) => boxesOf(child, [...path, element], at))]
}

/** The group of a class that a box is in, or undefined. */
export function groupOf({ path }: SvgBox, name: string): XmlElement | undefined {
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
