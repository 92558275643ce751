import { generalOptions } from '../parse/parse-args.js'
import type { OptionSpec, Verb } from '../parse/verb.js'

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
  const options = Object.entries({ ...verb.options, ...generalOptions })
  const left = options.map(([option, spec]) => describeNames(option, spec))
  const width = Math.max(...left.map((text) => text.length))
  const lines = options.flatMap(([, { help, env, aliases }], index) => {
    const also = [
      ...(aliases === undefined ? [] : [`also ${aliases.map((each) => `--${each}`).join(', ')}`]),
      ...(env === undefined ? [] : [`$${env}`]),
    ]
    const names = `  ${left[index]?.padEnd(width)}`
    return [
      `${names}  ${help}`,
      ...(also.length === 0 ? [] : [`  ${' '.repeat(width)}  [${also.join('; ')}]`]),
    ]
  })
  return `${[verb.summary, '', `Usage: mig-nvml ${name} ${verb.usage}`.trimEnd(), '', ...lines].join('\n')}\n`
}

function describeNames(name: string, { short, value }: OptionSpec): string {
  const before = short === undefined ? '    ' : `-${short}, `
  return `${before}--${name}${value === undefined ? '' : ` ${value}`}`
}
