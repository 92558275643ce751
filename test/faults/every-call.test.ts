import { describe, expect, test } from 'vitest'
import type { SimulatedFault } from '../../types/simulator/machine.js'
import { faultCodes, listCalls, prepare, problemsUnder } from '../support/every-fault.js'
import { type FaultCase, faultCases } from '../support/fault-cases.js'

// Thousands of applies, so a suite of its own. A sample of it is in test/unit/machine/apply.

/** What is wrong after the apply under each of these faults, each from the same state of the machine. */
async function problemsOf(
  each: FaultCase,
  faults: readonly SimulatedFault[],
): Promise<readonly string[]> {
  let machine = await prepare(each)
  const wrong: string[] = []
  for (const fault of faults) {
    const { problems, isAsBefore } = await problemsUnder(each, machine, fault)
    for (const problem of problems)
      wrong.push(`${fault.fn} ${fault.nth} ${fault.error}: ${problem}`)
    if (isAsBefore) continue
    machine.close()
    machine = await prepare(each)
  }
  machine.close()
  return wrong
}

describe.each(faultCases)('$name', (each) => {
  test('whichever driver call fails, the machine is as the report says and no journal or lock is left', async () => {
    const calls = await listCalls(each)
    const faults = calls.flatMap((call) => faultCodes.map((error) => ({ ...call, error })))
    expect(faults.length).toBeGreaterThan(100)
    expect(await problemsOf(each, faults)).toEqual([])
  }, 3_600_000)

  test('when the driver fails from any call on, the machine is as the report says', async () => {
    const calls = await listCalls(each)
    const faults = calls.map((call, n) => ({
      ...call,
      times: 10_000,
      error: faultCodes[n % faultCodes.length] ?? 'NVML_ERROR_UNKNOWN',
    }))
    expect(await problemsOf(each, faults)).toEqual([])
  }, 3_600_000)
})
