/** Why a text cannot be read. The message continues after `The document`. */
export class TextProblem extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}
