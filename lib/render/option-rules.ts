import type { RenderOptions, SvgOptions } from '../../types/machine/render.js'
import { checkOptions, type OptionRules } from '../model/check-options.js'
import { flag, text, wholeFromOne } from '../model/option-rules.js'

const renderRules: OptionRules<RenderOptions> = {
  color: flag,
  unicode: flag,
  columns: wholeFromOne,
  fold: flag,
}
const svgRules: OptionRules<SvgOptions> = { title: text, columns: wholeFromOne }

/** Throws a `TypeError` for what cannot be meant. */
export function checkRenderOptions(name: string, options: RenderOptions): void {
  checkOptions(name, options, renderRules)
}

/** The same for a picture as an SVG document. */
export function checkSvgOptions(name: string, options: SvgOptions): void {
  checkOptions(name, options, svgRules)
}
