/** Of a picture made of letters, for a terminal. */
export interface RenderOptions {
  /** Default false. */
  readonly color?: boolean
  /** Lines and dots beyond ASCII. Default true. */
  readonly unicode?: boolean
  /** Width of the terminal, in letters. Default 100: two GPUs, or one before and after, side by side. */
  readonly columns?: number
  /** One picture for all GPUs that look the same. Default false. */
  readonly fold?: boolean
}

/** Of a picture as an SVG document. */
export interface SvgOptions {
  /** What the picture is called. Default: from what is in it. */
  readonly title?: string
  /** GPUs side by side: a whole number from 1, else a `TypeError`. Default 2. */
  readonly columns?: number
}
