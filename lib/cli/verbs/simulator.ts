import { existsSync } from 'node:fs'
import { simulatorFolder } from '../../simulator/folder.js'
import { createSimulatedMachine } from '../../simulator/machine.js'
import { listSimulatedModels } from '../../simulator/models.js'
import { required, textOf } from '../option-values.js'
import { defaultStore, machineOf } from '../simulated-machine.js'
import { creationOptions, simulatorActions } from '../simulator-actions.js'
import { simulatorOptions } from '../simulator-options.js'
import { type OptionValues, UsageError, type Verb } from '../verb.js'

const names = ['models', 'path', 'create', ...Object.keys(simulatorActions)]

export const simulatorVerb: Verb = {
  summary: 'Make, look at and disturb a simulated machine that lives in a file.',
  usage: `models | path | ACTION --simulate SPEC [--store FILE]\n\nActions: ${names.slice(2).join(', ')}`,
  options: simulatorOptions,
  positionals: true,
  async run(values, terminal, [action = '', ...words]) {
    const answer = await perform(action, values, words)
    if (answer !== undefined)
      terminal.out(`${typeof answer === 'string' ? answer : JSON.stringify(answer, null, 2)}\n`)
    return 0
  },
}

async function perform(
  action: string,
  values: OptionValues,
  words: readonly string[],
): Promise<unknown> {
  if (action === 'models') return listSimulatedModels()
  if (action === 'path') {
    const driver = textOf(values, 'driver')
    return simulatorFolder(driver === undefined ? {} : { driver })
  }
  if (action === 'create') return createMachine(values)
  const act = Object.hasOwn(simulatorActions, action) ? simulatorActions[action] : undefined
  if (act === undefined) throw new UsageError(`which action? ${names.join(', ')}`)
  const machine = machineOf(values)
  try {
    return await act(machine, values, words)
  } finally {
    machine.close()
  }
}

/** The environment that shows the new machine to other NVML clients. */
function createMachine(values: OptionValues): unknown {
  const spec = required(values, 'simulate')
  const store = textOf(values, 'store') ?? defaultStore(spec, textOf(values, 'driver'))
  if (existsSync(store)) throw new UsageError(`${store} exists already`)
  const machine = createSimulatedMachine(spec, { store, ...creationOptions(values) })
  const { env } = machine
  machine.close()
  return env
}
