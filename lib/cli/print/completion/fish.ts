import type { CompletedCommand, CompletedOption } from './completed.js'

export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(
    ({ name, summary }) => `${start('__fish_use_subcommand')} -a ${name} -d ${quote(summary)}`,
  )
  const rest = commands.flatMap(({ name, options, words }) => {
    const seen = start(`__fish_seen_subcommand_from ${name}`)
    return [
      ...(words.length === 0 ? [] : [`${seen} -a ${quote(words.join(' '))}`]),
      ...options.map((option) => `${seen} ${optionOf(option)}`),
    ]
  })
  return `${[
    '# Completion of mig-nvml for fish: mig-nvml completion fish | source',
    'complete -c mig-nvml -f',
    ...names,
    ...rest,
  ].join('\n')}\n`
}

function start(condition: string): string {
  return `complete -c mig-nvml -n ${quote(condition)}`
}

function optionOf(option: CompletedOption): string {
  const { names, short, help } = option
  return [
    ...(short === null ? [] : [`-s ${short}`]),
    ...names.map((name) => `-l ${name}`),
    ...describeValue(option),
    `-d ${quote(help)}`,
  ].join(' ')
}

/** `-r`: it takes a value; `-F`: of files; `-x`: of nothing else. */
function describeValue({ value, isFile, choices }: CompletedOption): readonly string[] {
  if (value === null) return []
  if (isFile) return ['-r -F']
  return [choices.length === 0 ? '-x' : `-x -a ${quote(choices.join(' '))}`]
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`
}
