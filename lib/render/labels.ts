import type { Cell } from './gpu-picture.js'
import type { Signs } from './plan-fates.js'

type Labelled = Pick<Cell, 'label' | 'fate'>

/**
 * The name of a GPU instance, in as many lines as its box needs: it breaks before its attributes, and in a very
 * narrow box behind its slices. Only an instance that changes inside has its sign here; other signs stand below.
 */
export function nameLines(
  { label, fate }: Labelled,
  signs: Signs,
  fits: (text: string) => boolean,
): readonly string[] {
  const sign = fate === 'change' ? [`${signs.change} `] : []
  const [, name = label, attributes] = /^(\d+g\.\d+gb)(.*)$/.exec(label) ?? []
  const pieces = fits(name) ? [name] : name.split(/(?<=\.)/)
  const lines: string[] = []
  for (const piece of [...sign, ...pieces, ...(attributes ? [attributes] : [])]) {
    const line = `${lines.at(-1) ?? ''}${piece}`
    if (lines.length > 0 && fits(line)) lines[lines.length - 1] = line
    else lines.push(piece)
  }
  return lines.map((line) => line.trim())
}

/** What happens to a compute instance, and its size; without a space between them if there is no room for one. */
export function partLabel(
  { label, fate }: Labelled,
  signs: Signs,
  fits: (text: string) => boolean,
): string {
  if (fate === undefined) return label
  const text = `${signs[fate]} ${label}`.trim()
  return fits(text) ? text : `${signs[fate]}${label}`
}
