import { styleText } from 'node:util'
import type { Cell } from './gpu-picture.js'
import { type Signs, signs } from './plan-fates.js'

type Format = Parameters<typeof styleText>[0]

/** How a terminal shows text: colours and lines. */
export interface Style {
  readonly color: boolean
  readonly unicode: boolean
}

export function paint(style: Style, format: Format, text: string): string {
  // The caller has decided. Newer versions of Node would also consider stdout and the environment.
  return style.color && text !== '' ? styleText(format, text, { validateStream: false }) : text
}

const gray: Format = 'gray'

export function paintBorder(style: Style, text: string): string {
  return paint(style, gray, text)
}

export function paintCell(style: Style, { kind, slices, fate }: Cell, text: string): string {
  if (kind === 'free' || kind === 'unusable' || kind === 'unused') return paint(style, gray, text)
  return paint(
    style,
    kind === 'bare' || fate === 'destroy' ? outlineOf(slices) : fillOf(slices),
    text,
  )
}

function fillOf(slices: number): Format {
  if (slices <= 1) return ['bgGreen', 'black']
  if (slices === 2) return ['bgCyan', 'black']
  if (slices === 3) return ['bgBlue', 'whiteBright']
  if (slices === 4) return ['bgMagenta', 'whiteBright']
  return ['bgYellow', 'black']
}

function outlineOf(slices: number): Format {
  if (slices <= 1) return 'green'
  if (slices === 2) return 'cyan'
  if (slices === 3) return 'blueBright'
  if (slices === 4) return 'magenta'
  return 'yellow'
}

export interface Symbols {
  readonly free: string
  /** Memory and compute that no instance can use. */
  readonly unusable: string
  /** A compute slice in use. */
  readonly slice: string
  readonly ellipsis: string
  readonly dash: string
}

export function symbolsOf({ unicode }: Style): Symbols {
  return unicode
    ? { free: '·', unusable: '×', slice: '■', ellipsis: '…', dash: '–' }
    : { free: '.', unusable: 'x', slice: '#', ellipsis: '...', dash: '-' }
}

export function signsOf({ unicode }: Style): Signs {
  return unicode ? signs : { ...signs, destroy: '-' }
}

const lineBy = ' ╶╴─╷┌┐┬╵└┘┴│├┤┼'

/** The character with lines to these sides. */
export function lineOf(
  { unicode }: Style,
  sides: {
    readonly up: boolean
    readonly down: boolean
    readonly left: boolean
    readonly right: boolean
  },
): string {
  const { up, down, left, right } = sides
  const bits = Number(right) + 2 * Number(left) + 4 * Number(down) + 8 * Number(up)
  if (unicode) return lineBy[bits] ?? ' '
  if (bits === 0) return ' '
  if (!up && !down) return '-'
  return left || right ? '+' : '|'
}
