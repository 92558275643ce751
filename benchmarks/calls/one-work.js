// Does one piece of work on the machine of a store, in a process that has just started, and prints how many
// calls the simulated driver counted: STORE WORK [WORK BEFORE]. Work is `look`, or the partition to apply.
import { applyMigConfig, isMigError, readMigState } from '../../dist/index.js'
import { openSimulatedMachine } from '../../dist/simulator.js'
import { documentOf } from '../apply/partitions.js'

const [, , store, work, before] = process.argv
const machine = openSimulatedMachine(store)
const { library } = machine
if (before !== undefined) await perform(before)
machine.resetCallCounts()
const outcome = await perform(work)
console.log(JSON.stringify({ ...machine.callCounts(), outcome }))

async function perform(name) {
  if (name === 'look') {
    await readMigState({ library })
    return 'seen'
  }
  try {
    return (await applyMigConfig(documentOf(name), { library })).outcome
  } catch (error) {
    if (isMigError(error)) return error.code
    throw error
  }
}
