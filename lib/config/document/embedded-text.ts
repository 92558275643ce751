import type { Document, Scalar } from 'yaml'
import type { DocumentPath, TextPosition } from '../../model/document-path.js'
import type { Yaml } from './load-yaml.js'

/** From a position in a text to one in the text that it stands in. */
export type Place = (inside: TextPosition) => TextPosition

/**
 * Where places of the text at `path` are in the whole text. In a block (`config.yaml: |`) each line has
 * its own; of any other text only the beginning is known.
 */
export function placesInside(
  yaml: Yaml,
  document: Document,
  path: DocumentPath,
  text: string,
  at: (offset: number) => TextPosition,
): Place {
  const node = document.getIn(path, true)
  const offset = yaml.isScalar(node) ? node.range?.[0] : undefined
  if (!yaml.isScalar(node) || offset === undefined) return (inside) => inside
  const begin = at(offset)
  if (node.type !== 'BLOCK_LITERAL') return () => begin
  const indent = indentOf(node, text.slice(offset))
  return ({ line, column }) => ({ line: begin.line + line, column: column + indent })
}

/** What the lines of a block begin with, and its text does not. */
function indentOf({ value }: Scalar, block: string): number {
  const spaces = (lines: readonly string[]): number =>
    lines.find((line) => line.trim() !== '')?.search(/\S/) ?? 0
  return spaces(block.split('\n').slice(1)) - spaces(String(value).split('\n'))
}
