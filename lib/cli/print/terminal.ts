import { visibleLines } from '../../model/visible-text.js'
import type { Terminal } from '../parse/verb.js'

export const eraseLine = '\r\u001b[2K'

// What this program itself writes: the colours and the bold of `styleText`.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const colors = /(\u001b\[(?:1|22|39|49|[349]\d|10\d)m)/

/**
 * The same terminal, which obeys nothing but this program: names come from configuration files, hooks
 * and the processes of others, and none of them shall clear a screen or write over a line. In JSON
 * what is written out stays what it was.
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

/** What messages say in symbols, for a terminal without them. */
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
 * Whether a terminal shows more than ASCII. Only a locale that says otherwise takes it away: where none
 * is set, as in most containers and units, terminals are of UTF-8 all the same.
 */
export function showsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return locale === '' || /utf-?8/i.test(locale)
}
