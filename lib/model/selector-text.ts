const address = '(?:[0-9A-Fa-f]{4,8}:)?[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\\.[0-7]'

/** The text that names one GPU, as a regular expression: a UUID, or a PCI address with or without its domain. */
export const selectorForm: string = `(?:GPU-[0-9A-Fa-f-]+|${address})`

const whole = new RegExp(`^${selectorForm}$`)

export function isSelectorText(text: string): boolean {
  return whole.test(text)
}
