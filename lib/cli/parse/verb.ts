import type { Readable } from 'node:stream'

/** 0: success. 1: the command failed, or the machine does not match. 2: wrong command line. */
export type ExitStatus = 0 | 1 | 2

/** Where a command reads and writes. Tests pass their own. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly stdin: () => Readable
  readonly color: boolean
  /** Whether it shows characters beyond ASCII. */
  readonly unicode: boolean
  readonly columns: number
  /** Whether standard error is a terminal, where a line can be overwritten. */
  readonly live: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Whether a reader of standard output still exists. */
  readonly hasReader: () => boolean
}

/** One option, under its first name. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly aliases?: readonly string[]
  /** The environment variable that counts if the option is not given. */
  readonly env?: string
  /** The placeholder for its value in the help. */
  readonly value?: string
  readonly help: string
}

export type OptionTable = Readonly<Record<string, OptionSpec>>
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>

/** A command, such as `apply`. */
export interface Verb {
  readonly summary: string
  /** The rest of the usage line, after the verb. */
  readonly usage: string
  readonly options: OptionTable
  readonly positionals?: boolean
  /** With `--json` it writes one JSON value per line, and so must its errors be. */
  readonly jsonLines?: true
  readonly run: (
    values: OptionValues,
    terminal: Terminal,
    positionals: readonly string[],
  ) => Promise<ExitStatus>
}

/** The command line is wrong: exit status 2, with the help. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
