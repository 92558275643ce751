// Sequences that steer a terminal, and marks that make text read in another order than it is written.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const invisible = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * A name on one line, with what a terminal would obey written out: `\u001b`, as in JSON. Names of
 * configurations are those of a file, and any user names processes.
 */
export function visibleText(text: string): string {
  return text.replaceAll(invisible, codeOf)
}

/** The same of a text of several lines. */
export function visibleLines(text: string): string {
  return text.replaceAll(invisible, (letter) =>
    letter === '\n' || letter === '\t' ? letter : codeOf(letter),
  )
}

function codeOf(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
}
