import { generalOptions } from '../parse/parse-args.js'
import type { Command, OptionSpec, Verb } from '../parse/verb.js'
import { wrap } from './wrap.js'

export const endOfHelp =
  'mig-nvml help COMMAND shows the options of a command. Exit status: 0 success, 1 failure or a machine that does not match, 2 wrong command line, 124 time limit.'

/** The output of `mig-nvml --help`, in lines of at most `columns` characters. */
export function generalHelp(commands: Readonly<Record<string, Command>>, columns: number): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => ({
    left: name,
    right: [summary],
  }))
  return toText([
    ...wrap('Partition NVIDIA GPUs with MIG.', columns),
    '',
    ...wrap('Usage: mig-nvml COMMAND [options]', columns),
    '',
    ...table(rows, columns),
    '',
    ...wrap(endOfHelp, columns),
  ])
}

export interface DescribedVerb {
  readonly name: string
  readonly summary: string
  readonly verb: Verb
}

/** The output of `mig-nvml help VERB`. */
export function verbHelp({ name, summary, verb }: DescribedVerb, columns: number): string {
  const options = Object.entries({ ...verb.options, ...generalOptions })
  const rows = options.map(([option, spec]) => {
    const { env, aliases } = spec
    const also = [
      ...(aliases === undefined ? [] : [`also ${aliases.map((each) => `--${each}`).join(', ')}`]),
      ...(env === undefined ? [] : [`$${env}`]),
    ]
    const right = [describeOption(spec), ...(also.length === 0 ? [] : [`[${also.join('; ')}]`])]
    return { left: describeNames(option, spec), right }
  })
  const { usage, words } = verb
  return toText([
    ...wrap(summary, columns),
    '',
    ...wrap(`Usage: mig-nvml ${name} ${usage}`.trimEnd(), columns),
    ...(words === undefined ? [] : ['', ...describeWords(words, columns)]),
    '',
    ...table(rows, columns),
  ])
}

function describeWords(
  { title, names, help }: NonNullable<Verb['words']>,
  columns: number,
): readonly string[] {
  if (help === undefined) return wrap(`${title}: ${names.join(', ')}`, columns)
  const rows = names.map((name) => ({ left: name, right: [help[name] ?? ''] }))
  return [`${title}:`, ...table(rows, columns)]
}

function describeNames(name: string, { short, value }: OptionSpec): string {
  const before = short === undefined ? '    ' : `-${short}, `
  return `${before}--${name}${value === undefined ? '' : ` ${value}`}`
}

/** `what to undo after a failure: machine (default), gpu or none` */
export function describeOption({ help, choices, fallback }: OptionSpec): string {
  if (choices === undefined) return help
  const words = choices.map((word) => (word === fallback ? `${word} (default)` : word))
  return `${help}: ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

interface Row {
  readonly left: string
  /** Each text begins a line. */
  readonly right: readonly string[]
}

const leastRight = 30

/** Two columns; in a narrow terminal the texts of the right one stand below those of the left one. */
function table(rows: readonly Row[], columns: number): readonly string[] {
  const width = Math.max(...rows.map(({ left }) => left.length)) + 4
  const isWide = columns - width >= leastRight
  const indent = ' '.repeat(isWide ? width : 8)
  return rows.flatMap(({ left, right }) => {
    const texts = right.flatMap((text) => wrap(text, columns - indent.length))
    if (!isWide) return [`  ${left}`, ...texts.map((text) => `${indent}${text}`)]
    return texts.map((text, line) => `${line === 0 ? `  ${left}`.padEnd(width) : indent}${text}`)
  })
}

function toText(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
