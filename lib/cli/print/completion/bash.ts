import { type CompletedCommand, type CompletedOption, spellings } from './completed.js'

export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter(({ value }) => value !== null)
      .map((option) => `    ${patterns(name, option)}) ${describeValue(option)} ;;`),
  )
  const rest = commands.map(({ name, options, words }) => {
    const long = options.flatMap(({ names }) => names.map((each) => `--${each}`))
    const first = words.length === 0 ? long : words
    return `        ${name}) words='${first.join(' ')}'; options='${long.join(' ')}' ;;`
  })
  const names = commands.map(({ name }) => name)
  return `# Completion of mig-nvml for bash: source <(mig-nvml completion bash)
_mig_nvml() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local command='' files='' words='' options='' each
  COMPREPLY=()
  # bash splits --option=value into three words.
  if [[ $before == '=' ]]; then
    before="\${COMP_WORDS[COMP_CWORD-2]}"
  elif [[ $word == '=' ]]; then
    word=''
  fi
  for each in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $each != -* ]]; then
      command=$each
      break
    fi
  done
  case "$command $before" in
${values.join('\n')}
    *)
      case "$command" in
        '') words='${names.join(' ')}'; options='--help --version --debug' ;;
${rest.join('\n')}
      esac
      if [[ $word == -* ]]; then words=$options; fi
      ;;
  esac
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  elif [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  fi
}
complete -F _mig_nvml mig-nvml
`
}

function patterns(command: string, option: CompletedOption): string {
  return spellings(option)
    .map((each) => `'${command} ${each}'`)
    .join('|')
}

function describeValue({ isFile, choices }: CompletedOption): string {
  if (isFile) return 'files=1'
  return choices.length === 0 ? ':' : `words='${choices.join(' ')}'`
}
