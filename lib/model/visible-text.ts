// Control characters of terminals, and marks that change the reading order of text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern must match them
const invisible = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * A name on one line, with control characters written out as in JSON: `\u001b`. A file names its
 * configurations and any user names processes, so both may contain them.
 */
export function visibleText(text: string): string {
  return text.replaceAll(invisible, codeOf)
}

/** The same for a text of several lines. */
export function visibleLines(text: string): string {
  return text.replaceAll(invisible, (letter) =>
    letter === '\n' || letter === '\t' ? letter : codeOf(letter),
  )
}

function codeOf(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
}
