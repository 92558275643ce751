import type { CompletedCommand, CompletedOption } from './completed.js'

export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const summaries = commands.map(({ name, summary }) => `        ${quote(`${name}:${summary}`)}`)
  const cases = commands.map((command) =>
    [
      `        ${command.name})`,
      '          _arguments \\',
      argumentsOf(command),
      '          ;;',
    ].join('\n'),
  )
  return `#compdef mig-nvml
# Completion of mig-nvml for zsh: source <(mig-nvml completion zsh), or a file _mig-nvml in a folder of fpath.
_mig_nvml() {
  local curcontext="$curcontext" context state state_descr line
  typeset -A opt_args
  _arguments -C '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands
      commands=(
${summaries.join('\n')}
      )
      _describe command commands
      ;;
    argument)
      case $line[1] in
${cases.join('\n')}
      esac
      ;;
  esac
}
if [[ \${funcstack[1]} == _mig-nvml ]]; then
  _mig_nvml "$@"
else
  compdef _mig_nvml mig-nvml
fi
`
}

function argumentsOf({ options, words }: CompletedCommand): string {
  const specs = options.map(optionOf)
  if (words.length > 0) specs.push(quote(`1:word:(${words.join(' ')})`))
  return specs.map((spec) => `            ${spec}`).join(' \\\n')
}

/** `'(-f --file)'{-f+,--file=}'[the file]:FILE:_files'` */
function optionOf(option: CompletedOption): string {
  const { names, short, help, value } = option
  const isFlag = value === null
  const shapes = [
    ...(short === null ? [] : [`-${short}${isFlag ? '' : '+'}`]),
    ...names.map((name) => `--${name}${isFlag ? '' : '='}`),
  ]
  const plain = shapes.map((shape) => shape.replace(/[+=]$/, ''))
  const text = `[${help.replaceAll(/[[\]:\\]/g, '\\$&')}]`
  const tail = quote(isFlag ? text : `${text}:${value}:${describeValue(option)}`)
  const written = shapes.length === 1 ? shapes[0] : `{${shapes.join(',')}}`
  return `${quote(`(${plain.join(' ')})`)}${written}${tail}`
}

function describeValue({ isFile, choices }: CompletedOption): string {
  if (isFile) return '_files'
  return choices.length === 0 ? ' ' : `(${choices.join(' ')})`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
