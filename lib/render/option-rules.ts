import type { RenderOptions, SvgOptions } from '../../types/machine/render.js'
import { checkOptions } from '../model/checks/check-options.js'
import type { RulesOf } from '../model/checks/find-fault.js'
import { flag, objectOf, text, wholeFrom } from '../model/checks/kinds.js'

const columns = wholeFrom(1)
const renderRules: RulesOf<RenderOptions> = { color: flag, unicode: flag, columns, fold: flag }
const svgRules: RulesOf<SvgOptions> = { title: text, columns, fold: flag }

const renderOptions = objectOf(renderRules)
const svgOptions = objectOf(svgRules)

/** Throws a `TypeError` for unknown options and values of the wrong type. */
export function checkRenderOptions(name: string, options: RenderOptions): void {
  checkOptions(name, options, renderOptions)
}

/** The same for a picture as an SVG document. */
export function checkSvgOptions(name: string, options: SvgOptions): void {
  checkOptions(name, options, svgOptions)
}
