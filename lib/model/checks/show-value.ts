export function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const longestShown = 40

/** A value as an error message shows it: short, and never its contents. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') {
    const text = value.length > longestShown ? `${value.slice(0, longestShown)}…` : value
    return JSON.stringify(text)
  }
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  const maker: unknown = Reflect.get(value, 'constructor')
  const name = typeof maker === 'function' ? maker.name : ''
  return name === '' || name === 'Object' ? 'an object' : `an object (${name})`
}
