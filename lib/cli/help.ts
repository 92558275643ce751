import { optionHelp } from './options.js'
import type { Verb } from './verb.js'

/** What `mig-nvml --help` prints. */
export function generalHelp(verbs: Readonly<Record<string, Verb>>): string {
  const width = Math.max(...Object.keys(verbs).map((name) => name.length))
  const list = Object.entries(verbs).map(
    ([name, verb]) => `  ${name.padEnd(width)}  ${verb.summary}`,
  )
  return `${[
    'Partitions NVIDIA GPUs with MIG.',
    '',
    'Usage: mig-nvml COMMAND [options]',
    '',
    ...list,
    '',
    'mig-nvml COMMAND --help shows the options of one. Exit status: 0 done or as wanted,',
    '1 not applied, not as wanted or failed, 2 wrong command line.',
  ].join('\n')}\n`
}

/** What `mig-nvml VERB --help` prints. */
export function verbHelp(name: string, verb: Verb): string {
  const lines = Object.keys(verb.options).map(
    (option) => `  ${optionHelp[option] ?? `    --${option}`}`,
  )
  return `${[`${verb.summary}`, '', `Usage: mig-nvml ${name} ${verb.usage}`, '', ...lines].join('\n')}\n`
}
