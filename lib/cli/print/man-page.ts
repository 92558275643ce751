import { groupBy } from '../../model/group-by.js'
import { generalOptions } from '../parse/parse-args.js'
import type { Command, OptionSpec, Verb } from '../parse/verb.js'
import { describeOption, endOfHelp } from './help.js'
import { escapeRoff } from './roff-text.js'
import { wrap } from './wrap.js'

// The manual page, in the macros of man(7). It is made of what the help is made of, when the package is built.

export interface ManPage {
  readonly version: string
  /** `2026-11-28` */
  readonly date: string
  readonly commands: Readonly<Record<string, Command>>
}

interface LoadedCommand {
  readonly name: string
  readonly summary: string
  readonly verb: Verb
}

/** Options that so many commands have are described once. */
const manyCommands = 3

export async function manPage({ version, date, commands }: ManPage): Promise<string> {
  const loaded = await Promise.all(
    Object.entries(commands).map(async ([name, { summary, load }]): Promise<LoadedCommand> => {
      return { name, summary, verb: await load() }
    }),
  )
  const shared = sharedOptions(loaded)
  const lines = [
    `.TH MIG\\-NVML 1 ${date} "mig\\-nvml ${version}" "User Commands"`,
    // No option is divided at the end of a line: the macros of groff set hyphenation anew with each paragraph.
    '.nr HY 0',
    '.ad l',
    '.SH NAME',
    'mig\\-nvml \\- partition NVIDIA GPUs with MIG',
    '.SH SYNOPSIS',
    ...loaded.flatMap(({ name, verb }) => [
      `.SY "mig\\-nvml ${escapeRoff(name)}"`,
      ...(verb.usage === '' ? [] : [escapeRoff(verb.usage)]),
    ]),
    '.SY "mig\\-nvml help"',
    '[COMMAND]',
    '.SY "mig\\-nvml \\-\\-version"',
    '.YS',
    '.SH DESCRIPTION',
    ...textLines(
      'A GPU with MIG is divided into GPU instances, and these into compute instances. mig-nvml makes GPUs what a configuration, a checkpoint or the command line says: with exact placement, with the least change, and undone if a step fails.',
    ),
    ...paragraph(endOfHelp),
    '.SH COMMANDS',
    ...loaded.flatMap((command) => describeCommand(command, shared)),
    '.SH OPTIONS OF SEVERAL COMMANDS',
    ...[...shared.values()].flatMap(([name, spec]) => describeOptionTag(name, spec)),
    '.SH OPTIONS OF EVERY COMMAND',
    ...Object.entries(generalOptions).flatMap(([name, spec]) => describeOptionTag(name, spec)),
    ...described('\\fB\\-V\\fR, \\fB\\-\\-version\\fR', ['print the version']),
    '.SH EXIT STATUS',
    ...described('0', ['success']),
    ...described('1', ['failure, or a machine that does not match']),
    ...described('2', ['wrong command line']),
    ...described('124', ['the time limit of --timeout is over']),
    '.SH ENVIRONMENT',
    ...textLines('An option counts more than its variable, and an empty variable counts as unset.'),
    ...[...variablesOf(loaded)].flatMap(([variable, options]) =>
      described(`\\fB${escapeRoff(variable)}\\fR`, [`stands for ${options.join(', ')}`]),
    ),
    ...Object.entries(ownVariables).flatMap(([variable, text]) =>
      described(`\\fB${escapeRoff(variable)}\\fR`, [text]),
    ),
    '.SH FILES',
    ...described('\\fI/run/mig\\-nvml/lock\\fR', [
      'the lock that keeps other writers out; journals of applies are beside it',
    ]),
    '.SH SEE ALSO',
    '.BR nvidia\\-smi (1)',
    ...paragraph('docs/cli.md of the package says more about every command.'),
  ]
  return `${lines.join('\n')}\n`
}

const ownVariables: Readonly<Record<string, string>> = {
  MIG_NVML_LIBRARY: 'the NVML library, in place of libnvidia-ml.so.1',
  MIG_NVML_LOCK: 'the lock file of the machine, the same for every writer',
  NO_COLOR: 'turns colours off',
  NODE_DISABLE_COMPILE_CACHE: 'with the value 1, keeps no compiled code in ~/.cache/mig-nvml',
}

type NamedOption = readonly [name: string, spec: OptionSpec]

/** By their text, because one name may mean different things. */
function sharedOptions(loaded: readonly LoadedCommand[]): ReadonlyMap<string, NamedOption> {
  const all = loaded.flatMap(({ verb }) => Object.entries(verb.options))
  const same = groupBy(all, ([name, spec]) => keyOf(name, spec))
  return new Map(
    [...same].flatMap(([key, [first, ...others]]) =>
      first === undefined || others.length + 1 < manyCommands ? [] : [[key, first]],
    ),
  )
}

function keyOf(name: string, spec: OptionSpec): string {
  return JSON.stringify([name, spec])
}

function describeCommand(
  { name, summary, verb }: LoadedCommand,
  shared: ReadonlyMap<string, NamedOption>,
): readonly string[] {
  const { options, words } = verb
  const entries = Object.entries(options)
  const own = entries.filter(([option, spec]) => !shared.has(keyOf(option, spec)))
  const others = entries.filter(([option, spec]) => shared.has(keyOf(option, spec)))
  return [
    `.SS ${escapeRoff(name)}`,
    ...textLines(summary),
    ...(words === undefined ? [] : describeWords(words)),
    ...own.flatMap(([option, spec]) => describeOptionTag(option, spec)),
    ...(others.length === 0
      ? []
      : paragraph(`It also takes ${others.map(([option]) => `--${option}`).join(', ')}.`)),
  ]
}

function describeWords({ title, names, help }: NonNullable<Verb['words']>): readonly string[] {
  if (help === undefined) return paragraph(`${title}: ${names.join(', ')}.`)
  return [
    ...paragraph(`${title}:`),
    ...names.flatMap((name) => described(`\\fB${escapeRoff(name)}\\fR`, [help[name] ?? ''])),
  ]
}

function describeOptionTag(name: string, spec: OptionSpec): readonly string[] {
  const { short, aliases = [], value, env } = spec
  const names = [
    ...(short === undefined ? [] : [`-${short}`]),
    ...[name, ...aliases].map((each) => `--${each}`),
  ]
  const tag = names.map((each) => `\\fB${escapeRoff(each)}\\fR`).join(', ')
  const texts = [describeOption(spec), ...(env === undefined ? [] : [`[$${env}]`])]
  return described(value === undefined ? tag : `${tag} \\fI${escapeRoff(value)}\\fR`, texts)
}

function variablesOf(loaded: readonly LoadedCommand[]): ReadonlyMap<string, readonly string[]> {
  const variables = new Map<string, string[]>()
  const tables = [...loaded.map(({ verb }) => verb.options), generalOptions]
  for (const [name, { env }] of tables.flatMap((table) => Object.entries(table))) {
    if (env === undefined) continue
    const options = variables.get(env) ?? []
    variables.set(env, options)
    if (!options.includes(`--${name}`)) options.push(`--${name}`)
  }
  return variables
}

/** A tag and what it means; each text begins a line of the source. */
function described(tag: string, texts: readonly string[]): readonly string[] {
  return ['.TP', tag, ...texts.flatMap(textLines)]
}

function paragraph(text: string): readonly string[] {
  return ['.PP', ...textLines(text)]
}

const sourceColumns = 64

function textLines(text: string): readonly string[] {
  return wrap(text, sourceColumns).map(escapeRoff)
}
