import type { ConfigOptions } from '../../types/machine/options.js'
import type { DocumentKind } from '../model/document-text.js'
import { readTextFile, readTextStream } from '../system/read-text.js'
import { choiceOf, given, textOf } from './option-values.js'
import { type OptionValues, type Terminal, UsageError } from './verb.js'

/** A document's text, and the options that select from it. */
export interface ConfigInput {
  readonly text: string
  readonly select: Pick<ConfigOptions, 'config' | 'matching'>
}

export async function readConfig(values: OptionValues, terminal: Terminal): Promise<ConfigInput> {
  const file = textOf(values, 'config-file')
  if (file === undefined) throw new UsageError('which configuration file? -f FILE')
  const select = {
    ...given('config', textOf(values, 'selected-config')),
    ...given('matching', choiceOf(values, 'matching', ['strict', 'lenient'])),
  }
  return { text: await readInput(file, terminal), select }
}

/** `-` is standard input. */
function readInput(file: string, { stdin, signal }: Terminal): Promise<string> {
  return file === '-'
    ? readTextStream(stdin(), kindOf('The MIG configuration on standard input'), signal)
    : readTextFile(file, kindOf(`The MIG configuration ${file}`), signal)
}

function kindOf(subject: string): DocumentKind {
  return { code: 'MIG_CONFIG_INVALID', subject }
}
