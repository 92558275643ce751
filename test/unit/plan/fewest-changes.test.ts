import { describe, expect, test } from 'vitest'
import { gpuWith } from '../../support/model-gpu.js'
import {
  a100,
  balanced,
  type Devices,
  kindsOf,
  namesOf,
  plan,
  run,
  sevenSmall,
  wanting,
} from '../../support/planning.js'

describe('the fewest changing calls', () => {
  test('an empty GPU gets seven 1g.5gb in 14 calls', () => {
    const gpu = gpuWith(a100, [])
    const result = plan(wanting(gpu, { '1g.5gb': 7 }))
    expect(kindsOf(result)).toHaveLength(14)
    expect(namesOf(run(gpu, result))).toEqual(Array(7).fill('1g.5gb'))
  })

  test('seven 1g.5gb become the balanced mix in 14 calls, and two of the seven are not touched', () => {
    const gpu = gpuWith(a100, sevenSmall)
    const result = plan(wanting(gpu, balanced))
    const kinds = kindsOf(result)
    expect(kinds).toHaveLength(14)
    expect(kinds.filter((kind) => kind === 'destroy-gpu-instance')).toHaveLength(5)
    expect(kinds.filter((kind) => kind === 'create-gpu-instance')).toHaveLength(2)
    expect(namesOf(run(gpu, result))).toEqual(['1g.5gb', '1g.5gb', '2g.10gb', '3g.20gb'])
  })

  test('a GPU that is as wanted, in any spelling, needs no calls', () => {
    const gpu = gpuWith(a100, sevenSmall)
    expect(kindsOf(plan(wanting(gpu, { '1g.5gb': 7 })))).toEqual([])
    expect(kindsOf(plan(wanting(gpu, { '1c.1g.5gb': 7 })))).toEqual([])
    expect(kindsOf(plan(wanting(gpu, { '1g.5gb': 7, '2g.10gb': 0 })))).toEqual([])
    expect(kindsOf(plan(wanting(gpu, { '1g.5gb': 3, '1c.1g.5gb': 4 })))).toEqual([])
  })

  test('a GPU that is as wanted needs no geometry', () => {
    const gpu = { ...gpuWith(a100, sevenSmall), geometry: null }
    expect(kindsOf(plan(wanting(gpu, { '1g.5gb': 7 })))).toEqual([])
  })
})

// Published figures of a DGX A100: eight GPUs with 40 GB.
describe('totals of eight A100s', () => {
  const totals = (devices: Devices): Record<string, number> => {
    const counts: Record<string, number> = {}
    const gpus = Array.from({ length: 8 }, (_, index) => gpuWith(a100, [], { index }))
    const result = plan(...gpus.map((gpu) => wanting(gpu, devices)))
    for (const name of gpus.flatMap((gpu) => namesOf(run(gpu, result))))
      counts[name] = (counts[name] ?? 0) + 1
    return counts
  }
  test.each<[Devices, Devices]>([
    [{ '1g.5gb': 7 }, { '1g.5gb': 56 }],
    [{ '2g.10gb': 3 }, { '2g.10gb': 24 }],
    [{ '3g.20gb': 2 }, { '3g.20gb': 16 }],
    [balanced, { '1g.5gb': 16, '2g.10gb': 8, '3g.20gb': 8 }],
  ])('eight A100s with %j each have %j', (each, all) => {
    expect(totals(each)).toEqual(all)
  })
})

test('four of eight A100s become whole and four become balanced', () => {
  const gpus = Array.from({ length: 8 }, (_, index) => gpuWith(a100, sevenSmall, { index }))
  const result = plan(...gpus.map((gpu) => wanting(gpu, gpu.index < 4 ? 'off' : balanced)))
  const after = gpus.map((gpu) => run(gpu, result))
  expect(after.map(({ mig }) => mig?.enabled)).toEqual([
    ...Array(4).fill(false),
    ...Array(4).fill(true),
  ])
  const count = (name: string) => after.flatMap(namesOf).filter((each) => each === name).length
  expect([count('1g.5gb'), count('2g.10gb'), count('3g.20gb')]).toEqual([8, 4, 4])
})
