/** A piece of SVG text. */
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

/** Escapes the characters with a meaning in XML, and replaces those that XML forbids. */
export function escapeText(text: string): Svg {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\u{FFFD}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** The title of a part: a screen reader reads it, and a pointer over the part shows it. */
export function titleOf(text: string): Svg {
  return element('title', {}, escapeText(text))
}

function formatNumber(value: number): string {
  return String(Math.round(value * 100) / 100)
}
