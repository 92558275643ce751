import { describe, expect, test } from 'vitest'
import { listFacets, priceOf } from '../../../lib/fleet/program/facets.js'
import { packFleet } from '../../../lib/fleet.js'
import { compileGeometry } from '../../../lib/solver/tables/tables.js'
import { geometryOf } from '../../support/geometry.js'
import { type NaiveGpu, naiveGpus } from '../../support/naive-gpu.js'
import { solveBox } from '../../support/pattern-optimum.js'

const core = ['1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']

function facetsOf(key: string, names: readonly string[]): readonly string[] {
  const tables = compileGeometry(geometryOf(key))
  const positions = names.map((name) =>
    tables.profiles.findIndex(({ profile }) => profile.name === name),
  )
  const facets = listFacets(
    tables,
    [...positions].sort((a, b) => a - b),
  )
  return (facets ?? []).map(
    ({ prices, denominator }) =>
      `${positions.map((position) => prices[position]).join(' ')} / ${denominator}`,
  )
}

// From the published study of the A100's table: max(n4, (n2+n3+2n4)/3, (n1+n1x+2n2+3n3+4n4)/7,
// (n1+2n1x+2n2+4n3+4n4)/8) with the 7g; three more facets with +me; one facet of the A30.
describe('The closed form of a model', () => {
  test('The closed form of an A100 has four facets', () => {
    expect(facetsOf('a100-40gb', core)).toEqual([
      '0 0 0 0 1 1 / 1',
      '0 0 1 1 2 3 / 3',
      '1 1 2 3 4 7 / 7',
      '1 2 2 4 4 8 / 8',
    ])
  })

  test('With the profile that has media engines, an A100 has seven facets', () => {
    expect(facetsOf('a100-40gb', [...core, '1g.5gb+me'])).toEqual([
      '0 0 0 0 1 1 0 / 1',
      '0 0 0 0 0 1 1 / 1',
      '0 0 0 1 1 2 1 / 2',
      '0 0 1 1 2 3 0 / 3',
      '0 1 1 2 2 4 1 / 4',
      '1 1 2 3 4 7 1 / 7',
      '1 2 2 4 4 8 1 / 8',
    ])
  })

  test('The closed form of an A30 has one facet', () => {
    expect(facetsOf('a30-24gb', ['1g.6gb', '2g.12gb', '4g.24gb'])).toEqual(['1 2 4 / 4'])
  })
})

describe('The closed form is the optimum in whole numbers', () => {
  test.each<[string, readonly string[], readonly number[]]>([
    ['a100-40gb', core.slice(0, 5), [28, 17, 17, 13, 13]],
    ['a100-40gb', core, [16, 9, 8, 6, 6, 3]],
    ['h100-80gb-sxm', ['1g.10gb', '2g.20gb', '3g.40gb', '4g.40gb', '1g.10gb+me'], [20, 9, 8, 8, 6]],
    ['a30-24gb', ['1g.6gb', '2g.12gb', '4g.24gb', '1g.6gb+me', '2g.12gb+me'], [12, 10, 6, 5, 5]],
  ])('On %s, the closed form is optimal for every demand for %j below %j', (key, names, sizes) => {
    const gpu = naiveGpus.find((each) => each.key === key) as NaiveGpu
    const tables = compileGeometry(gpu.geometry)
    const positions = names.map((name) =>
      gpu.geometry.profiles.findIndex((profile) => profile.name === name),
    )
    const { fewest, demandAt } = solveBox(gpu, positions, sizes)
    const facets = listFacets(
      tables,
      [...positions].sort((a, b) => a - b),
    )
    const wrong: (readonly number[])[] = []
    const wanted = tables.profiles.map(() => 0)
    for (const [index, gpus] of fewest.entries()) {
      const demand = demandAt(index)
      for (const [axis, position] of positions.entries()) wanted[position] = demand[axis] ?? 0
      if (priceOf(facets ?? [], wanted) !== gpus) wrong.push(demand)
    }
    expect(wrong).toEqual([])
  })

  test('packFleet meets the closed form for large demands, with few patterns', async () => {
    const gpu = naiveGpus.find(({ key }) => key === 'a100-40gb') as NaiveGpu
    const positions = core.map((name) =>
      gpu.geometry.profiles.findIndex((profile) => profile.name === name),
    )
    const { fewest, demandAt } = solveBox(gpu, positions, [12, 6, 6, 5, 5, 2])
    for (let index = 1; index < fewest.length; index += 29) {
      const demand = demandAt(index)
      const { objective, proof, patterns } = await packFleet(
        {
          requests: core.map((profile, axis) => ({ profile, count: demand[axis] ?? 0 })),
          gpus: [{ id: 'gpu', count: 99, geometry: gpu.geometry }],
        },
        { names: false },
      )
      expect({ demand, gpus: objective.gpus, proof }).toEqual({
        demand,
        gpus: fewest[index],
        proof: 'closed-form',
      })
      expect(patterns.length).toBeLessThan(20)
    }
  })
})
