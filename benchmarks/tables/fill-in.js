// Figures within a text: {BENCHMARK | ROW} is the figure with its unit, {BENCHMARK | ROW | WHO} what WHO
// took for the same, {BENCHMARK | version | OF} a version.
import { figureText } from '../record/text.js'

export function fillIn(text, results) {
  return text.replaceAll(/\{([^{}]+)\}/g, (_, place) => {
    const [benchmark, what, who] = place.split('|').map((part) => part.trim())
    const measured = results[benchmark]
    if (what === 'version') return measured?.versions[who]?.replace(/^v/, '') ?? ''
    const row = measured?.rows.find((each) => each.what === what)
    if (row === undefined) throw new Error(`benchmarks/results.json has no figure {${place}}`)
    const figure = who === undefined ? row : row.beside?.[who]
    if (figure === undefined) throw new Error(`nobody called ${who} is beside {${place}}`)
    // Its program was missing.
    if (figure === null || figure.median === undefined) return '–'
    return figureText(figure.median, row.unit)
  })
}
