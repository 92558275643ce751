export interface SvgOptions {
  /** What the picture is called. Default: from what is in it. */
  readonly title?: string
  /** GPUs side by side. Default 2. */
  readonly columns?: number
}
