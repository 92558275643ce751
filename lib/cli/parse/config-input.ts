import type { ConfigOptions } from '../../../types/machine/options.js'
import { readDocument } from '../../config/document/read-input.js'
import { type RequestNames, requestConfig } from '../../config/document/request.js'
import type { SelectedConfig } from '../../config/document/select.js'
import { matchings } from '../../machine/operation/option-rules.js'
import { readTextFile, readTextStream } from '../../system/read-text.js'
import { parseGpus } from './gpu-selectors.js'
import { choiceOf, given, textOf } from './option-values.js'
import { kindOf } from './settings.js'
import { type OptionValues, type Terminal, UsageError } from './verb.js'

/** How errors name the parts of a request: as the command line writes them. */
export const requestNames: RequestNames = { gpu: ['--gpu'], migDevices: [] }

/** The configuration of a command line: `-f FILE [-c NAME]`, or `--gpu GPU 3g.20gb=2 1g.5gb [--add]`. */
export async function readConfig(
  values: OptionValues,
  terminal: Terminal,
  words: readonly string[],
): Promise<SelectedConfig> {
  return configReader(values, terminal, words)()
}

/** The same in two steps, so that a wrong command line is refused before a file is read or a machine is made. */
export function configReader(
  values: OptionValues,
  terminal: Terminal,
  words: readonly string[],
): () => Promise<SelectedConfig> {
  const matching = given('matching', choiceOf(values, 'matching', matchings))
  const gpu = textOf(values, 'gpu')
  if (gpu !== undefined || words.length > 0 || values['add'] === true) {
    refuseFile(values, terminal)
    const config = readRequest(values, words, matching)
    return async () => config
  }
  const file = textOf(values, 'config-file')
  if (file === undefined)
    throw new UsageError(
      '-f FILE is missing: the configuration file; or --gpu GPU with profiles such as 3g.20gb=2',
    )
  const config = given('config', textOf(values, 'selected-config'))
  return async () => readDocument(await readFile(file, terminal), { ...matching, ...config })
}

/** `-` is standard input. */
function readFile(file: string, { stdin, signal }: Terminal): Promise<string> {
  return file === '-'
    ? readTextStream(stdin(), kindOf('The MIG configuration on standard input'), signal)
    : readTextFile(file, kindOf(`The MIG configuration ${file}`), signal)
}

/** A variable for these options does not count beside `--gpu`. */
function refuseFile(values: OptionValues, { env }: Terminal): void {
  const variables = {
    'config-file': 'MIG_PARTED_CONFIG_FILE',
    'selected-config': 'MIG_PARTED_SELECTED_CONFIG',
  }
  for (const [name, variable] of Object.entries(variables))
    if (values[name] !== undefined && values[name] !== env[variable])
      throw new UsageError(`--${name} and --gpu with profiles cannot be combined`)
}

function readRequest(
  values: OptionValues,
  words: readonly string[],
  { matching }: Pick<ConfigOptions, 'matching'>,
): SelectedConfig {
  const gpu = textOf(values, 'gpu')
  const [first] = words
  if (gpu === undefined)
    throw new UsageError(`--gpu GPU is missing: the GPU that gets ${first ?? 'devices'}, or all`)
  if (first === undefined)
    throw new UsageError(
      'a profile is missing, such as 3g.20gb=2; mig-nvml clear removes all instances',
    )
  const add = values['add'] === true
  const request = { gpu: parseGpus(gpu), migDevices: parseDevices(words), ...(add ? { add } : {}) }
  return requestConfig(request, matching === 'lenient', requestNames)
}

/** `3g.20gb=2 1g.5gb 1g.5gb`: two of each. */
function parseDevices(words: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) {
    const [, name = '', text = '1'] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? []
    if (name === '' || !/^[1-9]\d{0,5}$/.test(text))
      throw new UsageError(`'${word}' is not PROFILE or PROFILE=COUNT, such as 3g.20gb=2`)
    counts.set(name, (counts.get(name) ?? 0) + Number(text))
  }
  return Object.fromEntries(counts)
}
