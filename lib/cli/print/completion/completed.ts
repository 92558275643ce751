import { generalOptions } from '../../parse/parse-args.js'
import type { OptionSpec, Verb } from '../../parse/verb.js'

/** A command, as a shell completes it. */
export interface CompletedCommand {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletedOption[]
  /** What may stand behind it. */
  readonly words: readonly string[]
}

export interface CompletedOption {
  /** `config-file`, then its other long names. */
  readonly names: readonly string[]
  readonly short: string | null
  readonly help: string
  /** Null: it takes none. */
  readonly value: string | null
  readonly isFile: boolean
  readonly choices: readonly string[]
}

export function completedCommand(name: string, summary: string, verb: Verb): CompletedCommand {
  const options = Object.entries({ ...verb.options, ...generalOptions })
  return {
    name,
    summary,
    options: options.map(([option, spec]) => completedOption(option, spec)),
    words: verb.words?.names ?? [],
  }
}

function completedOption(name: string, spec: OptionSpec): CompletedOption {
  const { aliases = [], short = null, help, value = null, choices = [] } = spec
  return {
    names: [name, ...aliases],
    short,
    help,
    value,
    isFile: value === 'FILE' || value === 'PATH',
    choices,
  }
}

/** As they are written: `-f`, `--config-file`, `--file`. */
export function spellings({ short, names }: CompletedOption): readonly string[] {
  return [...(short === null ? [] : [`-${short}`]), ...names.map((name) => `--${name}`)]
}
