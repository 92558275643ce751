import { element, escapeText, type Svg } from './svg-element.js'

/** The colour of a GPU instance by its compute slices, and of the text on it. */
interface Fill {
  readonly name: string
  readonly color: string
  readonly text: string
}

// The colours of Okabe and Ito, which remain distinct with any common colour blindness, on white and on black.
// No part of a picture is recognisable by its colour alone.
const fills = {
  one: { name: 's1', color: '#009e73', text: '#000000' },
  two: { name: 's2', color: '#56b4e9', text: '#000000' },
  three: { name: 's3', color: '#0072b2', text: '#ffffff' },
  four: { name: 's4', color: '#cc79a7', text: '#000000' },
  more: { name: 's7', color: '#e69f00', text: '#000000' },
} as const satisfies Readonly<Record<string, Fill>>

/** The class of the parts of a GPU instance with this many slices. */
export function fillClass(slices: number): string {
  if (slices <= 1) return fills.one.name
  if (slices === 2) return fills.two.name
  if (slices === 3) return fills.three.name
  return slices === 4 ? fills.four.name : fills.more.name
}

interface Scheme {
  readonly canvas: string
  readonly empty: string
  readonly line: string
  readonly text: string
  readonly faint: string
}

const light: Scheme = {
  canvas: '#ffffff',
  empty: '#f3f4f6',
  line: '#6e7781',
  text: '#1f2328',
  faint: '#59636e',
}

const dark: Scheme = {
  canvas: '#0d1117',
  empty: '#1b212a',
  line: '#8b949e',
  text: '#e6edf3',
  faint: '#9da7b3',
}

/** A monospaced font, so that the length of a text is known: no letter of these fonts is wider than this. */
const fontFamily = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
export const emPerLetter = 0.61

/** The class of the whole picture. On a page that embeds the picture, the style applies to nothing else. */
export const pictureClass = 'mig-nvml'

/** The style sheet, with other colours for dark pages. It has no CSS variables because many viewers lack them. */
export function styleSheet(): Svg {
  const rules = [
    rule('text', `font-family:${fontFamily};font-size:13px`),
    rule('.mid', 'text-anchor:middle'),
    rule('.end', 'text-anchor:end'),
    rule('.strong', 'font-weight:bold'),
    rule('.small', 'font-size:12px'),
    rule('.free', 'stroke-dasharray:2 3'),
    ...Object.values(fills).flatMap(({ name, color, text }) => [
      rule(`.${name}`, `fill:${color};stroke:${color}`),
      rule(`.on.${name}`, `fill:${text};stroke:none`),
    ]),
    rule('.hollow', 'fill:none;stroke-width:2;stroke-dasharray:5 3'),
    rule('.new', 'stroke-width:2.5'),
    ...rulesOf(light),
    `@media (prefers-color-scheme:dark){${rulesOf(dark).join('')}}`,
  ]
  return element('style', {}, escapeText(rules.join('\n')))
}

function rulesOf({ canvas, empty, line, text, faint }: Scheme): readonly string[] {
  return [
    rule('.canvas', `fill:${canvas}`),
    rule('.empty', `fill:${empty};stroke:${line}`),
    rule('.line', `fill:none;stroke:${line}`),
    rule('.text', `fill:${text}`),
    rule('.faint', `fill:${faint}`),
    rule('.new', `stroke:${text}`),
    // Not the colour of its size: a light one would hardly show as a thin dashed line.
    rule('.hollow', `stroke:${faint}`),
  ]
}

function rule(selector: string, declarations: string): string {
  return `.${pictureClass} ${selector}{${declarations}}`
}
