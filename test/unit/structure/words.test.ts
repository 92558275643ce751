import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** Words that make an English reader stop: CONTRIBUTING.md, "What a change needs". */
const words = [
  ['a bare "who"', /\b(?:who|whom|whoever)\b/i],
  ['"shall"', /\bshall\b/i],
  ['a sentence that opens with "Of"', /(?:^|[.!?:]\s+)Of\s/],
  [
    '"is told" and the like',
    /\b(?:is|are|was|were|be|been|being|gets?)\s+(?:\w+\s+)?(?:told|looked|asked|dealt)\b/i,
  ],
  ['"tell" for report', /\b(?:tells?|telling|told)\b/i],
] as const

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const filesIn = (folder: string, end: RegExp): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => end.test(name))
    .map((name) => join(folder, name))

interface Piece {
  readonly comment: boolean
  readonly text: string
}

/** Comments and texts of source code, in their order. A text without a space is a name, not a sentence. */
function piecesOf(source: string): readonly Piece[] {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g
  return [...source.matchAll(token)].flatMap(([piece]): Piece[] => {
    if (!piece.startsWith('/'))
      return piece.includes(' ') ? [{ comment: false, text: piece.slice(1, -1) }] : []
    const body = piece.replace(/^\/[/*]+|\*\/$/g, '').replaceAll(/\n\s*\*/g, '\n')
    return body
      .split(/\n\s*\n/)
      .map((text) => ({ comment: true, text: text.replaceAll(/\s+/g, ' ').trim() }))
  })
}

function findIn(file: string, text: string): readonly string[] {
  return words
    .filter(([, pattern]) => pattern.test(text))
    .map(([word]) => `${file}: ${word}: ${text}`)
}

test.each([...filesIn('types', /\.d\.ts$/), 'README.md', 'docs/api.md'])(
  '%s is in plain English',
  (file) => {
    const texts = file.endsWith('.md')
      ? read(file)
          .split('\n')
          .map((line) => line.replace(/^[#*\-> |]+/, ''))
      : piecesOf(read(file)).map(({ text }) => text)
    expect(texts.flatMap((text) => findIn(file, text))).toEqual([])
  },
)

test('errors, help and other texts of lib/ are in plain English', () => {
  const found = filesIn('lib', /\.ts$/).flatMap((file) =>
    piecesOf(read(file))
      .filter(({ comment }) => !comment)
      .flatMap(({ text }) => findIn(file, text)),
  )
  expect(found).toEqual([])
})

test('fewer than twenty comments of lib/ and native/ use words that a reader stops at', () => {
  const sources = [...filesIn('lib', /\.ts$/), ...filesIn('native', /\.(?:h|cc|inc)$/)]
  const found = sources.flatMap((file) =>
    piecesOf(read(file))
      .filter(({ comment }) => comment)
      .flatMap(({ text }) => findIn(file, text)),
  )
  expect(found.slice(20)).toEqual([])
})
