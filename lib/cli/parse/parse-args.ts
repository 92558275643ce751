import { type ParseArgsConfig, parseArgs } from 'node:util'
import { choiceOf } from './option-values.js'
import { type OptionSpec, type OptionTable, UsageError, type Verb } from './verb.js'

/** The options of every command. */
export const generalOptions: OptionTable = {
  debug: {
    type: 'boolean',
    short: 'd',
    env: 'MIG_PARTED_DEBUG',
    help: 'print more: each step as it starts, the output of hooks, the origin of errors',
  },
  timeout: {
    type: 'string',
    value: 'SECONDS',
    help: 'stop after this time, undo what was changed, and end with status 124',
  },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
}

export interface ParsedArgs {
  /** By first name. The value of a variable counts if its option is not given. */
  readonly values: Record<string, string | boolean | undefined>
  readonly positionals: readonly string[]
}

export function parseVerbArgs(
  verb: Verb,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ParsedArgs {
  const table: OptionTable = { ...verb.options, ...generalOptions }
  const byName = new Map<string, string>()
  const options: NonNullable<ParseArgsConfig['options']> = {}
  for (const [name, { type, short, aliases = [] }] of Object.entries(table)) {
    options[name] = { type, ...(short === undefined ? {} : { short }) }
    for (const alias of aliases) options[alias] = { type }
    for (const each of [name, ...aliases]) byName.set(each, name)
  }
  const values: ParsedArgs['values'] = {}
  try {
    const { tokens, positionals } = parseArgs({
      args: args.map((arg) => withoutBooleanValue(arg, table, byName)),
      options,
      allowPositionals: verb.positionals ?? false,
      allowNegative: true,
      tokens: true,
    })
    // In the given order: if an option is given twice, even under two names, the last one counts.
    for (const token of tokens) {
      if (token.kind !== 'option') continue
      const name = byName.get(token.name) ?? token.name
      const value = token.value ?? !token.rawName.startsWith('--no-')
      const before = table[name]?.many === true ? values[name] : undefined
      values[name] = before === undefined ? value : `${before},${value}`
    }
    if (values['help'] === true) return { values, positionals }
    for (const [name, spec] of Object.entries(table)) {
      const isGiven = values[name] !== undefined
      values[name] ??= fromVariable(spec, env)
      // Before a command does anything.
      if (spec.choices !== undefined)
        choiceOf(values, name, spec.choices, isGiven ? `--${name}` : `$${spec.env}`)
    }
    return { values, positionals }
  } catch (error) {
    throw error instanceof UsageError ? error : usageErrorOf(error, byName)
  }
}

/** Node's error in one line, with our name of the option. */
function usageErrorOf(error: unknown, byName: ReadonlyMap<string, string>): UsageError {
  const { code = '', message } = error as NodeJS.ErrnoException
  const [, quoted = ''] = /'(.*?)'(?:[. ]|$)/s.exec(message) ?? []
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const names = [...byName.keys()].map((name) => `--${name}`)
    return new UsageError(`unknown option '${quoted}'`, { written: quoted, names })
  }
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL')
    return new UsageError(`unexpected argument '${quoted}'`)
  // '-f, --config-file <value>', or '-f' where a word follows that looks like an option.
  const option = quoted.replace(/ <value>$/, '')
  if (/ argument is ambiguous/.test(message))
    return new UsageError(
      `${option} needs a value; one that begins with - is written --OPTION=VALUE`,
    )
  if (/ argument missing$/.test(message)) return new UsageError(`${option} needs a value`)
  return new UsageError(message)
}

/** Go programs accept `--skip-reset=true` and `--skip-reset=false`. */
function withoutBooleanValue(
  arg: string,
  table: OptionTable,
  byName: ReadonlyMap<string, string>,
): string {
  const [, name = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(arg) ?? []
  if (table[byName.get(name) ?? '']?.type !== 'boolean') return arg
  return toBoolean(value, `--${name}`) ? `--${name}` : `--no-${name}`
}

function fromVariable(
  { type, env: variable }: OptionSpec,
  env: Readonly<Record<string, string | undefined>>,
): string | boolean | undefined {
  const text = variable === undefined ? undefined : env[variable]
  if (variable === undefined || text === undefined || text === '') return undefined
  return type === 'string' ? text : toBoolean(text, `$${variable}`)
}

/** The same words as Go's `strconv.ParseBool`. */
function toBoolean(text: string, what: string): boolean {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true
  if (/^(?:0|f|F|false|FALSE|False)$/.test(text)) return false
  throw new UsageError(`${what} takes true or false, not '${text}'`)
}
