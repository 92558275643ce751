// A driver that claims success and does nothing, as drivers have been seen to do.
import { expect, test } from 'vitest'
import { listCalls, prepare, problemsUnder } from '../../support/every-fault.js'
import { faultCases } from '../../support/fault-cases.js'

const changes = /SetMigMode|Create|Destroy/

test.each(faultCases)(
  '$name: when a change is only claimed, the machine is as the report says',
  async (each) => {
    let machine = await prepare(each)
    const wrong: string[] = []
    const calls = await listCalls(each)
    for (const call of calls.filter(({ fn }) => changes.test(fn))) {
      const { problems, isAsBefore } = await problemsUnder(each, machine, { ...call, error: 0 })
      for (const problem of problems) wrong.push(`${call.fn} ${call.nth}: ${problem}`)
      if (isAsBefore) continue
      machine.close()
      machine = await prepare(each)
    }
    machine.close()
    expect(wrong).toEqual([])
  },
)
