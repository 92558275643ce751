import { describe, expect, test } from 'vitest'
import { conformanceCases } from './cases/index.js'
import { expectOutcome } from './expect-outcome.js'
import { openOwnTrial } from './own-trial.js'
import { runCase } from './run-case.js'

describe('the conformance cases', () => {
  test.each(
    conformanceCases.map((each) => [`${each.id} ${each.variant ?? ''}`.trim(), each] as const),
  )('%s', async (_, conformanceCase) => {
    const observed = await runCase(conformanceCase, openOwnTrial)
    for (const [index, { want }] of conformanceCase.runs.entries()) {
      const run = observed[index]
      if (run === undefined) throw new Error('a run is missing')
      expectOutcome(run, want)
    }
  })

  test('the conformance cases are C01 to C30, each once', () => {
    const ids = [...new Set(conformanceCases.map(({ id }) => id))]
    expect(ids).toEqual(Array.from({ length: 30 }, (_, n) => `C${String(n + 1).padStart(2, '0')}`))
    const names = conformanceCases.map(({ id, variant }) => `${id} ${variant}`)
    expect(new Set(names).size).toBe(names.length)
  })
})
