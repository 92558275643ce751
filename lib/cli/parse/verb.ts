import type { Readable } from 'node:stream'

/**
 * 0: success. 1: the command failed, or the machine does not match. 2: wrong command line. 124: the time limit is over, as
 * `timeout` of the GNU core utilities ends. The others are those of `boot`, from sysexits(3).
 */
export type ExitStatus = 0 | 1 | 2 | 69 | 75 | 77 | 78 | 124

/** Where a command reads and writes. Tests pass their own. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly stdin: () => Readable
  readonly color: boolean
  /** Whether it shows characters beyond ASCII. */
  readonly unicode: boolean
  /** The width of the line that standard error overwrites. */
  readonly columns: number
  /** The width of text and pictures: that of the terminal, or 80 where standard output is none. */
  readonly textColumns: number
  /** Whether standard error is a terminal, where a line can be overwritten. */
  readonly live: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Whether a reader of standard output still exists. */
  readonly hasReader: () => Promise<boolean>
}

/** One option, under its first name. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly aliases?: readonly string[]
  /** It may be given several times: its value then has all of them, with commas between. */
  readonly many?: true
  /** The environment variable that counts if the option is not given. */
  readonly env?: string
  /** The placeholder for its value in the help. FILE and PATH are names of files. */
  readonly value?: string
  /** The words that it takes. The help ends with them. */
  readonly choices?: readonly string[]
  /** The one of them that counts if the option is not given. */
  readonly fallback?: string
  readonly help: string
}

export type OptionTable = Readonly<Record<string, OptionSpec>>
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>

/** A command as the general help lists it. */
export interface Command {
  readonly summary: string
  readonly load: () => Promise<Verb>
}

/** How a command, such as `apply`, is called, and what it does. */
export interface Verb {
  /** The rest of the usage line, after the verb. */
  readonly usage: string
  readonly options: OptionTable
  /** Whether words may follow the command. */
  readonly positionals?: boolean
  /** What the first positional may be. */
  readonly words?: {
    readonly title: string
    readonly names: readonly string[]
    /** What each of them does. */
    readonly help?: Readonly<Record<string, string>>
  }
  /** The status for an error. Default 1. */
  readonly statusOf?: (error: unknown) => ExitStatus
  /** With `--json` it writes one JSON value per line, and so must its errors be. */
  readonly jsonLines?: true
  readonly run: (
    values: OptionValues,
    terminal: Terminal,
    positionals: readonly string[],
  ) => Promise<ExitStatus>
}

/** The reason of the signal when the time limit of a command is over. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError'
  readonly seconds: number

  constructor(seconds: number) {
    super(`the limit of ${seconds} s is over`)
    this.seconds = seconds
  }
}

/** Rejects what ends with the signal, and so by itself counts as a success, where the time limit gave that signal. */
export function refuseOverLimit({ reason }: AbortSignal): void {
  if (reason instanceof TimeLimitError) throw reason
}

/** A word that is not one of the names that would fit there. */
export interface Slip {
  readonly written: string
  readonly names: readonly string[]
}

/** The command line is wrong: exit status 2, and where the help is. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly #slip: Slip | null

  constructor(message: string, slip: Slip | null = null) {
    super(message)
    this.#slip = slip
  }

  get slip(): Slip | null {
    return this.#slip
  }
}
