// How long applyMigConfig takes in a program that has run for a while: STORE PARTITION. It has applied
// something to another machine, and looked at this one.
import { applyMigConfig, isMigError, readMigState } from '../../dist/index.js'
import { createSimulatedMachine, openSimulatedMachine } from '../../dist/simulator.js'
import { documentOf } from './partitions.js'

const [, , store, name] = process.argv
const { library } = openSimulatedMachine(store)
const other = createSimulatedMachine('A100-SXM4-40GB +mig', { seed: 1 })
await applyMigConfig(documentOf('seven'), { library: other.library })
await readMigState({ library })
const start = process.hrtime.bigint()
const status = await applyMigConfig(documentOf(name), { library }).then(
  () => 0,
  (error) => {
    if (isMigError(error)) return 1
    throw error
  },
)
const seconds = Number(process.hrtime.bigint() - start) / 1e9
console.log(JSON.stringify({ seconds, status }))
