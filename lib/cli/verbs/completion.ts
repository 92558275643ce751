import { type Command, UsageError, type Verb } from '../parse/verb.js'
import { bashCompletion } from '../print/completion/bash.js'
import { type CompletedCommand, completedCommand } from '../print/completion/completed.js'
import { fishCompletion } from '../print/completion/fish.js'
import { zshCompletion } from '../print/completion/zsh.js'

const shells: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}
const names = Object.keys(shells)

/** The scripts are made of the commands' own tables of options. */
export function completionVerb(commands: Readonly<Record<string, Command>>): Verb {
  return {
    usage: names.join('|'),
    options: {},
    positionals: true,
    words: { title: 'Shells', names },
    async run(_values, { out }, [shell = '', extra]) {
      if (extra !== undefined) throw new UsageError(`unexpected argument '${extra}'`)
      const script = Object.hasOwn(shells, shell) ? shells[shell] : undefined
      if (script === undefined)
        throw new UsageError(`completion takes one of ${names.join(', ')}`, {
          written: shell,
          names,
        })
      const completed = Object.entries(commands).map(async ([name, { summary, load }]) =>
        completedCommand(name, summary, await load()),
      )
      out(script([...(await Promise.all(completed)), helpOn(Object.keys(commands))]))
      return 0
    },
  }
}

function helpOn(words: readonly string[]): CompletedCommand {
  return { name: 'help', summary: 'Show the options of a command.', options: [], words }
}
