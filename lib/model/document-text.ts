import type { MigCode } from '../../types/model/errors.js'

/** How errors speak of a document that is not a configuration. */
export interface DocumentKind {
  readonly code: MigCode
  /** `The hooks document` */
  readonly subject: string
}

/** Far more than any document needs: NVIDIA's file for all its GPUs has 20 KiB. */
export const mostTextBytes: number = 2 ** 20

/** Continues after `The document`; null for a text that may be read. */
export function describeTooLong(text: string): string | null {
  // A text that long is not encoded only to be counted; each of its units takes at least a byte.
  const isLong = text.length > mostTextBytes
  const bytes = isLong ? text.length : new TextEncoder().encode(text).length
  if (bytes <= mostTextBytes) return null
  return `has ${bytes} bytes; a text is read up to ${mostTextBytes / 2 ** 20} MiB`
}
