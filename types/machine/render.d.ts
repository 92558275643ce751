/** Options of pictures made of characters, for a terminal. */
export interface RenderOptions {
  /** ANSI colours. Default false. */
  readonly color?: boolean
  /** Use characters beyond ASCII. Default true. */
  readonly unicode?: boolean
  /**
   * Width of the terminal in characters. Default 100. GPUs, and a GPU before and after, are side by side where
   * the names of their instances leave room for that.
   */
  readonly columns?: number
  /** Draw GPUs that look the same only once. Default false. */
  readonly fold?: boolean
}

/** Options of pictures as SVG documents. */
export interface SvgOptions {
  /** Title of the picture. Default: a description of its content. */
  readonly title?: string
  /** GPUs side by side: a whole number from 1, otherwise a `TypeError`. Default 2. */
  readonly columns?: number
  /** Draw GPUs that look the same only once. Default false. */
  readonly fold?: boolean
}
