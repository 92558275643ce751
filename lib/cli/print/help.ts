import { generalOptions } from '../parse/parse-args.js'
import type { OptionSpec, Verb } from '../parse/verb.js'

/** The output of `mig-nvml --help`. */
export function generalHelp(verbs: Readonly<Record<string, Verb>>): string {
  const width = Math.max(...Object.keys(verbs).map((name) => name.length))
  const list = Object.entries(verbs).map(
    ([name, verb]) => `  ${name.padEnd(width)}  ${verb.summary}`,
  )
  return `${[
    'Partition NVIDIA GPUs with MIG.',
    '',
    'Usage: mig-nvml COMMAND [options]',
    '',
    ...list,
    '',
    'mig-nvml COMMAND --help shows the options of a command. Exit status: 0 success,',
    '1 failure or a machine that does not match, 2 wrong command line.',
  ].join('\n')}\n`
}

/** The output of `mig-nvml VERB --help`. */
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
