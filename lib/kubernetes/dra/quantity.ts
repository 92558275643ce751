import type { Quantity } from '../../../types/kubernetes/dra/objects.js'

const suffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] as const
const mebi = 2 ** 20

/** The form in which the API server writes a binary quantity: `4864Mi`, `40Gi`, `14`. */
export function quantity(value: number): Quantity {
  let [rest, step] = [value, 0]
  while (rest !== 0 && rest % 1024 === 0 && step < suffixes.length - 1) {
    rest /= 1024
    step += 1
  }
  return `${rest}${suffixes[step]}`
}

export function mebibytes(value: number): Quantity {
  return quantity(value * mebi)
}
