import type { ParseArgsConfig } from 'node:util'

/** 0: as wanted. 1: not applied, not as wanted, or failed. 2: the command line was wrong. */
export type ExitStatus = 0 | 1 | 2

/** Where a command reads and writes; tests give their own. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly readStdin: () => Promise<string>
  readonly color: boolean
  readonly columns: number
  readonly signal: AbortSignal
}

export type OptionTable = NonNullable<ParseArgsConfig['options']>
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>

/** One word of the command line. */
export interface Verb {
  readonly summary: string
  /** What follows the verb in the usage line. */
  readonly usage: string
  readonly options: OptionTable
  readonly positionals?: boolean
  readonly run: (
    values: OptionValues,
    terminal: Terminal,
    positionals: readonly string[],
  ) => Promise<ExitStatus>
}

/** The command line was wrong: exit status 2 and the usage. */
export class UsageError extends Error {}
