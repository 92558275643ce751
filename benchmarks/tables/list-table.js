// A table with a line for each row: the figure, what others took for the same, and the bound.
import { boundText, figureText, spreadText } from '../record/text.js'

export function listTable(rows, { value = 'median', note }) {
  const measured = rows.filter(({ skipped }) => skipped === undefined)
  const others = [...new Set(rows.flatMap(({ beside }) => Object.keys(beside ?? {})))]
  const noted = (row) => note?.exec(row.reference ?? '')?.[0] ?? ''
  const columns = [
    ['', ({ what }) => what],
    [value, (row) => row.skipped ?? figureText(row.median, row.unit)],
    ...others.map((name) => [name, (row) => besideText(row, name)]),
    ['between', (row) => (row.skipped === undefined ? spreadText(row) : '')],
    ['bound', (row) => (row.skipped === undefined ? boundText(row) : '')],
    ['', noted],
  ]
  const isFilled = ([, cell], index) => index < 2 || measured.some((row) => cell(row) !== '')
  // A column of others stays, empty, where their program was missing.
  const kept = columns.filter(
    (column, index) => others.includes(column[0]) || isFilled(column, index),
  )
  return [kept.map(([head]) => head), ...rows.map((row) => kept.map(([, cell]) => cell(row)))]
}

/** Empty where the program was missing. */
function besideText({ beside = {}, unit }, name) {
  if (!(name in beside)) return '–'
  return beside[name] === null ? '' : figureText(beside[name].median, unit)
}
