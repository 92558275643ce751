/** Letters that roff takes for its own, or prints as another sign. */
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\(rs',
  '-': '\\-',
  '"': '\\(dq',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '…': '...',
}

/** Text as roff prints it letter for letter. */
export function escapeRoff(text: string): string {
  const line = text.replaceAll(/[\\"'`^~-]|[^ -~]/gu, (letter) => escapes[letter] ?? codeOf(letter))
  // A dot at the beginning is a request.
  return line.startsWith('.') ? `\\&${line}` : line
}

function codeOf(letter: string): string {
  const code = letter.codePointAt(0) ?? 0
  return `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`
}
