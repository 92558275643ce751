// Of the rows of several runs one row each. What a benchmark prints: `what`, `value` or why it is
// `skipped`, `unit`, the bound that is to hold (`bound` from above, `atLeast` from below), `spread` where
// the value itself stands for several, `reference` in words, and figures `beside` it by name, null where
// the program that makes them is missing.

/** `runs`: the rows of each run. Rows are the same when they have the same `what`; not every run has all. */
export function summarise(runs) {
  const byName = new Map()
  for (const row of runs.flat()) byName.set(row.what, [...(byName.get(row.what) ?? []), row])
  return [...byName.values()].map(summariseRow)
}

function summariseRow(rows) {
  const [{ what, skipped, unit = '', bound, atLeast, reference, beside = {} }] = rows
  const words = reference === undefined ? {} : { reference }
  if (skipped !== undefined) return { what, skipped, ...words }
  const figure = figureOf(rows.map(({ value }) => value))
  const ends = rows.flatMap(({ spread }) => spread?.map(sixDigits) ?? figure.spread)
  const names = Object.keys(beside)
  return {
    what,
    unit,
    median: figure.median,
    spread: [Math.min(...ends), Math.max(...ends)],
    runs: rows.length,
    ...limitOf(figure.median, bound, atLeast),
    ...words,
    ...(names.length === 0
      ? {}
      : {
          beside: Object.fromEntries(
            names.map((name) => [name, figureOf(rows.map((row) => row.beside[name]))]),
          ),
        }),
  }
}

/** `spread`: the lowest and the highest value. */
function figureOf(values) {
  if (values.includes(null)) return null
  const sorted = values.map(sixDigits).sort((a, b) => a - b)
  return { median: sorted[sorted.length >> 1], spread: [sorted[0], sorted.at(-1)] }
}

function sixDigits(value) {
  return Number.isInteger(value) ? value : Number(value.toPrecision(6))
}

function limitOf(median, atMost, atLeast) {
  if (atMost !== undefined) return { bound: { atMost }, held: median <= atMost }
  if (atLeast !== undefined) return { bound: { atLeast }, held: median >= atLeast }
  return { bound: null, held: null }
}
