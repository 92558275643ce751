import type { Readable } from 'node:stream'

/** 0: as wanted. 1: not applied, not as wanted, or failed. 2: the command line was wrong. */
export type ExitStatus = 0 | 1 | 2

/** Where a command reads and writes; tests give their own. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly stdin: () => Readable
  readonly color: boolean
  /** It shows lines and blocks beyond ASCII. */
  readonly unicode: boolean
  readonly columns: number
  /** Standard error is a terminal, on which a line can be written over. */
  readonly live: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Whether anybody can still read standard output. */
  readonly hasReader: () => boolean
}

/** One option, under its first name. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly aliases?: readonly string[]
  /** The variable that counts where the option is not given. */
  readonly env?: string
  /** What the help calls its value. */
  readonly value?: string
  readonly help: string
}

export type OptionTable = Readonly<Record<string, OptionSpec>>
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>

/** One word of the command line. */
export interface Verb {
  readonly summary: string
  /** What follows the verb in the usage line. */
  readonly usage: string
  readonly options: OptionTable
  readonly positionals?: boolean
  /** With `--json` it writes a JSON value per line, so that an error has to be one, too. */
  readonly jsonLines?: true
  readonly run: (
    values: OptionValues,
    terminal: Terminal,
    positionals: readonly string[],
  ) => Promise<ExitStatus>
}

/** The command line was wrong: exit status 2 and the usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
