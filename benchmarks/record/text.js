// How a figure is written, on the terminal and in the pages.

/** Whole numbers in full, of others three digits. */
export function numberText(value) {
  if (Number.isInteger(value) || Math.abs(value) >= 100)
    return Math.round(value).toLocaleString('en')
  return value.toPrecision(3)
}

export function figureText(value, unit) {
  if (unit === 's' && value > 0 && value < 0.1) return figureText(value * 1000, 'ms')
  return unit === '' ? numberText(value) : `${numberText(value)} ${unit}`
}

/** Empty where all runs gave the same. */
export function spreadText({ spread: [low, high] }) {
  const [from, to] = [numberText(low), numberText(high)]
  return from === to ? '' : `${from} – ${to}`
}

/** Empty where there is no bound. */
export function limitText({ bound }) {
  if (bound === null) return ''
  const [[kind, limit]] = Object.entries(bound)
  return `${kind === 'atMost' ? 'at most' : 'at least'} ${limit.toLocaleString('en')}`
}

/** The bound, and whether it was missed. */
export function boundText(row) {
  return row.held === false ? `${limitText(row)}: not held` : limitText(row)
}
