import { checkpointMig } from '../../machine/checkpoint.js'
import { readingOptions } from '../parse/machine.js'
import { given, textOf } from '../parse/option-values.js'
import { checkpointOption, machineOptions } from '../parse/options.js'
import { UsageError, type Verb } from '../parse/verb.js'

export const checkpointVerb: Verb = {
  usage: '-f FILE [options]',
  options: { ...checkpointOption, ...machineOptions },
  async run(values, terminal) {
    const json = values['json'] === true
    const file = textOf(values, 'checkpoint-file') ?? (json ? '-' : undefined)
    if (file === undefined) throw new UsageError('-f FILE is missing: the checkpoint file')
    const checkpoint = await checkpointMig({
      ...readingOptions(values, terminal),
      ...given('file', file === '-' ? undefined : file),
    })
    if (json || file === '-') terminal.out(`${JSON.stringify(checkpoint, null, 2)}\n`)
    return 0
  },
}
