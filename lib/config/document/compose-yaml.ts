import {
  Composer,
  type CST,
  type Document,
  type DocumentOptions,
  isScalar,
  Lexer,
  type ParseOptions,
  Parser,
  type SchemaOptions,
} from 'yaml'
import { TextProblem } from './text-problem.js'

/** A configuration has at most eight levels. The parser recurses into each level. */
const mostLevels = 64

/** Words, signs and spaces. The parser takes seconds for this many. */
const mostLexemes = 250_000

/** Anchors and aliases together, because each alias is searched among all of them. */
const mostAnchors = 20_000

export interface ComposedYaml {
  readonly document: Document.Parsed
  /** The offset of a second document, which is not read. */
  readonly second: number | null
}

/** Throws `TextProblem` for a text that is nested too deeply, before anything recurses into it. */
export function composeYaml(
  text: string,
  options: ParseOptions & DocumentOptions & SchemaOptions,
): ComposedYaml {
  const documents = new Composer(options).compose(readTokens(text, options), true, text.length)
  // With these arguments the composer returns a document even for an empty text.
  const document = documents.next().value as Document.Parsed
  // A mark without content after it starts no document that could be lost.
  for (const next of documents) {
    if (!isEmpty(next)) return { document, second: next.range[0] }
  }
  return { document, second: null }
}

function isEmpty({ contents, errors }: Document.Parsed): boolean {
  const isNothing =
    contents === null || (isScalar(contents) && contents.value === null && contents.source === '')
  return isNothing && errors.length === 0
}

function* readTokens(text: string, { lineCounter }: ParseOptions): Generator<CST.Token> {
  lineCounter?.addNewLine(0)
  const parser = new Parser(lineCounter?.addNewLine)
  let lexemes = 0
  let anchors = 0
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme)
    lexemes += 1
    if (lexeme[0] === '&' || lexeme[0] === '*') anchors += 1
    const offset = parser.offset - lexeme.length
    if (parser.stack.length > mostLevels) {
      throw new TextProblem(`is nested more than ${mostLevels} levels deep`, offset)
    }
    if (lexemes > mostLexemes) {
      throw new TextProblem(`has more than ${mostLexemes} words and signs`, offset)
    }
    if (anchors > mostAnchors) {
      throw new TextProblem(`has more than ${mostAnchors} anchors and aliases`, offset)
    }
  }
  yield* parser.end()
}
