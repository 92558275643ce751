// A table of rows called `CASE: MEASURE`: a line for each of one, a column for each of the other. A bound
// that all figures of a measure have stands beside its name, another in the cell.
import { boundText, figureText, limitText } from '../record/text.js'

export function crossTable(rows, { shape, note, digits }) {
  const cells = rows.map((row) => {
    const [ofCase, ...rest] = row.what.split(': ')
    const measure = rest.join(': ')
    return shape === 'cases'
      ? { row, measure, line: ofCase, head: measure }
      : { row, measure, line: measure, head: ofCase }
  })
  const lines = [...new Set(cells.map(({ line }) => line))]
  const heads = [...new Set(cells.map(({ head }) => head))]
  const limits = new Map(cells.map(({ measure }) => [measure, sharedLimit(cells, measure)]))
  const named = (name) => (limits.get(name) ? `${name} (${limits.get(name)})` : name)
  const units = new Set(rows.map(({ unit }) => unit))
  const corner = units.size === 1 ? [...units][0] : ''
  const at = (line, head) => cells.find((cell) => cell.line === line && cell.head === head)
  const notes = lines.map((line) => noteOf(cells, line, note))
  const hasNotes = notes.some((text) => text !== '')
  return [
    [corner, ...heads.map(named), ...(hasNotes ? [''] : [])],
    ...lines.map((line, index) => [
      named(line),
      ...heads.map((head) => cellText(at(line, head), limits, { corner, digits })),
      ...(hasNotes ? [notes[index]] : []),
    ]),
  ]
}

/** Empty where its figures have several, or none. */
function sharedLimit(cells, measure) {
  const same = cells.filter((cell) => cell.measure === measure)
  const limits = new Set(same.map(({ row }) => limitText(row)))
  return limits.size === 1 ? [...limits][0] : ''
}

function cellText(cell, limits, { corner, digits }) {
  if (cell === undefined) return ''
  const { row, measure } = cell
  const figure =
    digits === undefined
      ? figureText(row.median, row.unit === corner ? '' : row.unit)
      : row.median.toFixed(digits)
  if (row.bound === null) return figure
  if (limits.get(measure) === '') return `${figure} (${boundText(row)})`
  return row.held ? figure : `${figure} (not held)`
}

function noteOf(cells, line, note) {
  const texts = cells
    .filter((cell) => cell.line === line)
    .map(({ row }) => note?.exec(row.reference ?? '')?.[0] ?? '')
  return [...new Set(texts.filter((text) => text !== ''))].join('; ')
}
