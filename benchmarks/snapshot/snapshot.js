// Looks at the machine of the environment through the addon: argv has the library, how often, and
// what a look is. Prints JSON: the median time of a look in microseconds, and how many MIG devices
// one saw.
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { loadNative } from '../../build/modules/driver/addon/native.js'
import { openSession } from '../../build/modules/driver/session.js'

const [, , library, times, what] = process.argv
const addon = loadNative()
const { session } = (await addon.open(library, null)).value
const driver = await openSession({ library })

const countInTexts = (texts) =>
  texts.reduce((sum, text) => sum + JSON.parse(text).computeInstances.length, 0)
const countInState = ({ gpus }) =>
  gpus.flatMap(({ gpuInstances }) => gpuInstances.flatMap((each) => each.computeInstances)).length

const drawBytes = promisify(randomBytes)

/** How to look, what to count in what was seen, and what to do before each look. */
const looks = {
  // The least that Node itself does on a thread of libuv's pool: what is left is the way there and back.
  roundTrip: [() => drawBytes(16), () => 0],
  snapshot: [() => addon.snapshot(session), ({ value }) => countInTexts(value)],
  readState: [() => driver.readState(), countInState],
  readChangedState: [() => driver.readState(), countInState, changeEveryGpu],
}

const [look, count, prepare] = looks[what]
const durations = []
let seen
for (let n = 0; n < Number(times); n++) {
  await prepare?.()
  const start = process.hrtime.bigint()
  seen = await look()
  durations.push(Number(process.hrtime.bigint() - start) / 1000)
}
durations.sort((a, b) => a - b)
console.log(JSON.stringify({ medianUs: durations[durations.length >> 1], migDevices: count(seen) }))
await driver.close()
await addon.close(session)

/** Takes a compute instance of every GPU away, or puts it back. */
async function changeEveryGpu() {
  const { gpus } = await driver.readState()
  for (const { uuid, gpuInstances } of gpus) {
    const [{ id, computeInstances }] = gpuInstances
    if (computeInstances.length === 0) await driver.createComputeInstance(uuid, id, 0, null)
    else await driver.destroyComputeInstance(uuid, id, computeInstances[0].id)
  }
}
