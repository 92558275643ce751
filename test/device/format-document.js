const width = 120

/** JSON in which whatever fits on a line stands on one: such a document is read, and compared, by people. */
export function formatDocument(value, indent = '') {
  const line = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || indent.length + line.length <= width)
    return line
  const inner = `${indent} `
  const parts = Array.isArray(value)
    ? value.map((each) => formatDocument(each, inner))
    : Object.entries(value).map(
        ([key, each]) => `${JSON.stringify(key)}: ${formatDocument(each, inner)}`,
      )
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${indent}${close}`
}
