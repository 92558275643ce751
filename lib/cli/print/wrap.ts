/** Lines of at most `columns` characters. A part is never divided; every line after the first begins with `indent`. */
export function wrapParts(
  parts: readonly string[],
  columns: number,
  indent: string = '',
): readonly string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last === undefined) lines.push(part)
    else if (last.length + 1 + part.length <= columns) lines[lines.length - 1] = `${last} ${part}`
    else lines.push(`${indent}${part}`)
  }
  return lines
}

export function wrap(text: string, columns: number): readonly string[] {
  return wrapParts(text.split(' '), columns)
}
