import { generateMigConfig } from '../../machine/generate.js'
import { replaceFile } from '../../system/write-file.js'
import { readingOptions } from '../parse/machine.js'
import { textOf } from '../parse/option-values.js'
import { formatOption, machineOptions } from '../parse/options.js'
import type { Verb } from '../parse/verb.js'
import { formatDocument } from './export.js'

export const generateConfigVerb: Verb = {
  usage: '[-f FILE] [-o yaml|json] [options]',
  options: {
    'output-file': {
      type: 'string',
      short: 'f',
      env: 'MIG_PARTED_OUTPUT_FILE',
      value: 'FILE',
      help: 'write to this file instead of standard output',
    },
    ...formatOption,
    ...machineOptions,
  },
  async run(values, terminal) {
    const file = textOf(values, 'output-file') ?? '-'
    const document = await generateMigConfig(readingOptions(values, terminal))
    const text = await formatDocument(document, values)
    if (file === '-') terminal.out(text)
    else await replaceFile(file, text)
    return 0
  },
}
