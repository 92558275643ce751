import { existsSync } from 'node:fs'
import type { SimulatedMachine } from '../../../types/simulator/machine.js'
import { deleteSimulatedMachine } from '../../simulator/delete-machine.js'
import { simulatorFolder } from '../../simulator/folder.js'
import { createSimulatedMachine } from '../../simulator/machine.js'
import { listSimulatedModels } from '../../simulator/models.js'
import { machineOf, storeOf } from '../parse/machine.js'
import { required, textOf } from '../parse/option-values.js'
import { simulatorOptions } from '../parse/simulator-options.js'
import { type OptionValues, type Terminal, UsageError, type Verb } from '../parse/verb.js'
import { alignColumns } from '../print/columns.js'
import { shellExports } from '../print/shell-exports.js'
import { creationOptions, simulatorActions } from './simulator-actions.js'
import { actionHelp } from './simulator-help.js'

/** Actions behind which one more word may stand. */
const takingWord: readonly string[] = [
  'request-mode',
  'latency',
  'privileges',
  'reset-policy',
  'stale-sessions',
  'root-tree',
  'follow-tree',
]

const names = ['models', 'path', 'create', 'delete', ...Object.keys(simulatorActions)]

export const simulatorVerb: Verb = {
  usage: 'models | path | ACTION --simulate SPEC [--store FILE]',
  options: simulatorOptions,
  positionals: true,
  words: { title: 'Actions', names, help: actionHelp },
  async run(values, terminal, [action = '', ...words]) {
    const answer = await perform(action, values, words, terminal)
    if (answer !== undefined)
      terminal.out(`${typeof answer === 'string' ? answer : JSON.stringify(answer, null, 2)}\n`)
    return 0
  },
}

async function perform(
  action: string,
  values: OptionValues,
  words: readonly string[],
  terminal: Terminal,
): Promise<unknown> {
  const json = values['json'] === true
  const surplus = words[takingWord.includes(action) ? 1 : 0]
  if (surplus !== undefined && names.includes(action))
    throw new UsageError(`unexpected argument '${surplus}'`)
  if (action === 'models') return json ? listSimulatedModels() : modelTable()
  if (action === 'path') {
    const driver = textOf(values, 'driver')
    return simulatorFolder(driver === undefined ? {} : { driver })
  }
  if (action === 'create') return shown(createMachine(values, terminal), json)
  if (action === 'delete') return deleteMachine(values, terminal)
  const act = Object.hasOwn(simulatorActions, action) ? simulatorActions[action] : undefined
  if (act === undefined) {
    const what = action === '' ? 'an action is missing' : `unknown action '${action}'`
    throw new UsageError(`${what}: there are ${names.join(', ')}`, { written: action, names })
  }
  const machine = machineOf(values, terminal)
  try {
    return action === 'env' ? shown(machine.env, json) : await act(machine, values, words, terminal)
  } finally {
    machine.close()
  }
}

/** An environment, as JSON or as lines for a shell. */
function shown(env: SimulatedMachine['env'], json: boolean): unknown {
  return json ? env : shellExports(env).trimEnd()
}

/** Returns the environment in which other NVML clients find the new machine. */
function createMachine(values: OptionValues, terminal: Terminal): SimulatedMachine['env'] {
  const spec = required(values, 'simulate')
  const store = storeOf(values) ?? ''
  if (existsSync(store))
    throw new UsageError(`${store} already exists; mig-nvml simulator delete removes it`)
  const machine = createSimulatedMachine(spec, { store, ...creationOptions(values) })
  const { env } = machine
  machine.close()
  if (textOf(values, 'store') === undefined) terminal.err(`new simulated machine: ${store}\n`)
  return env
}

function deleteMachine(values: OptionValues, terminal: Terminal): void {
  const store = storeOf(values)
  if (store === undefined)
    throw new UsageError('--simulate SPEC or --store FILE is missing: the machine')
  deleteSimulatedMachine(store)
  if (textOf(values, 'store') === undefined) terminal.err(`removed ${store}\n`)
}

/** In place of JSON, for people. */
function modelTable(): string {
  const rows = listSimulatedModels().map(({ name, key, memoryMiB, migCapable, assumed }) => [
    name.replace(/^NVIDIA /, ''),
    `${Math.round(memoryMiB / 1024)}`,
    migCapable ? 'yes' : 'no',
    assumed.length === 0 ? '' : 'yes',
    key,
  ])
  return alignColumns([['model', 'GiB', 'MIG', 'assumed', 'key'], ...rows]).join('\n')
}
