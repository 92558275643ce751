import { readFile } from 'node:fs/promises'
import type { ConfigOptions } from '../../types/options.js'
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
export function readInput(file: string, terminal: Terminal): Promise<string> {
  return file === '-' ? terminal.readStdin() : readFile(file, 'utf8')
}
