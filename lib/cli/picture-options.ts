import type { RenderOptions } from '../../types/machine/render.js'
import type { Terminal } from './verb.js'

/** What a terminal can show. */
export function pictureOptions({ color, unicode, columns }: Terminal): RenderOptions {
  return { color, unicode, columns }
}
