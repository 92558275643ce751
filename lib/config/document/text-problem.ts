/** What keeps a text from being read, to stand after `The document`. */
export class TextProblem extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}
