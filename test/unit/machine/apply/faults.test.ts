import { expect, test } from 'vitest'
import {
  type CallPosition,
  faultCodes,
  listCalls,
  prepare,
  problemsUnder,
} from '../../../support/every-fault.js'
import { faultCases } from '../../../support/fault-cases.js'

const changes = /SetMigMode|Create|Destroy/
const everyNthRead = 7

/** A sample of test/faults: each changing call and some other calls, with one code each. */
function cut(calls: readonly CallPosition[]): readonly CallPosition[] {
  return calls.filter(({ fn }, n) => changes.test(fn) || n % everyNthRead === 0)
}

test.each(faultCases)(
  '$name: when a driver call fails, the machine is as the report says',
  async (each) => {
    let machine = await prepare(each)
    const wrong: string[] = []
    for (const [n, call] of cut(await listCalls(each)).entries()) {
      const error = faultCodes[n % faultCodes.length] ?? 'NVML_ERROR_UNKNOWN'
      const { problems, isAsBefore } = await problemsUnder(each, machine, { ...call, error })
      for (const problem of problems) wrong.push(`${call.fn} ${call.nth} ${error}: ${problem}`)
      if (isAsBefore) continue
      machine.close()
      machine = await prepare(each)
    }
    machine.close()
    expect(wrong).toEqual([])
  },
)
