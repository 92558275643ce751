/** A piece of SVG. */
export type Svg = string

export type Attributes = Readonly<Record<string, string | number>>

export function element(name: string, attributes: Attributes, ...content: readonly Svg[]): Svg {
  const pairs = Object.entries(attributes).map(
    ([attribute, value]) =>
      ` ${attribute}="${escapeText(typeof value === 'number' ? formatNumber(value) : value)}"`,
  )
  const start = `<${name}${pairs.join('')}`
  return content.length === 0 ? `${start}/>` : `${start}>${content.join('')}</${name}>`
}

/** Five characters have a meaning in XML; others are in no XML document at all. */
export function escapeText(text: string): Svg {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\u{FFFD}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** What a reader of the picture is told of a part of it, and a pointer over it shows. */
export function titleOf(text: string): Svg {
  return element('title', {}, escapeText(text))
}

function formatNumber(value: number): string {
  return String(Math.round(value * 100) / 100)
}
