import { visibleLines } from '../../model/visible-text.js'
import type { Terminal } from '../parse/verb.js'

export const eraseLine = '\r\u001b[2K'

// The sequences of this program itself: the colours and the bold of `styleText`.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const colors = /(\u001b\[(?:1|22|39|49|[349]\d|10\d)m)/

/**
 * The same terminal with control characters in the output escaped. Names come from configuration files, hooks
 * and other users' processes, and none of them may clear the screen or overwrite a line. JSON keeps its
 * meaning, because its strings escape them already.
 */
export function safeTerminal(terminal: Terminal): Terminal {
  const shown = (text: string): string =>
    terminal.unicode ? withoutCommands(text) : withoutSymbols(withoutCommands(text))
  return {
    ...terminal,
    out: (text) => terminal.out(shown(text)),
    err: (text) => terminal.err(shown(text)),
  }
}

function withoutCommands(text: string): string {
  if (text.startsWith(eraseLine)) return eraseLine + withoutCommands(text.slice(eraseLine.length))
  return text
    .split(colors)
    .map((part, position) => (position % 2 === 1 ? part : visibleLines(part)))
    .join('')
}

/** Symbols in messages, as a terminal without Unicode shows them. */
const spellings: Readonly<Record<string, string>> = {
  '×': 'x',
  '·': '.',
  '–': '-',
  '−': '-',
  '─': '-',
  '…': '...',
  '’': "'",
}

function withoutSymbols(text: string): string {
  return text.replaceAll(/\P{ASCII}/gu, (letter) => spellings[letter] ?? letter)
}

/**
 * Whether a terminal shows more than ASCII. Only an explicit other locale denies it: most containers and
 * systemd units set none, and their terminals are UTF-8.
 */
export function showsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return locale === '' || /utf-?8/i.test(locale)
}
