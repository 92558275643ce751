import { expect, test } from 'vitest'
import { checkLayout, explainInfeasible, repartition } from '../../../lib/solver.js'
import type { PlacedComputeInstance } from '../../../types/solver/layout.js'
import { want } from '../../support/devices.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'

const gpu = geometryOf('a100-40gb')

function seven(sliceCounts: readonly number[], marks: Partial<PlacedComputeInstance> = {}) {
  return {
    profileId: profileIdOf(gpu, '7g.40gb'),
    placement: { start: 0, size: 8 },
    computeInstances: sliceCounts.map((sliceCount) => ({ sliceCount, placement: null, ...marks })),
  }
}

// A driver before R525 does not tell where compute instances sit. A 3 sits at 0 or at 4, a 2 at 0, 2
// or 4: with the 3 at its lowest place the two others would have none.
test.each([[[3, 2, 2]], [[2, 3, 2]], [[2, 2, 3]], [[1, 2, 1, 3]], [[4, 3]]])(
  '%j in a 7g, at places that nobody tells, are legal and stay',
  (sliceCounts) => {
    const current = [seven(sliceCounts, { pinned: true })]
    expect(checkLayout(gpu, current)).toEqual([])
    const wanted = want(
      gpu,
      Object.fromEntries(
        [...new Set(sliceCounts)].map((size) => [
          `${size}c.7g.40gb`,
          sliceCounts.filter((other) => other === size).length,
        ]),
      ),
    )
    expect(explainInfeasible(gpu, wanted, { current })).toBeNull()
    expect(repartition({ gpu, current, wanted })).toMatchObject({
      keptComputeInstances: sliceCounts.length,
      steps: [],
    })
  },
)

test('among equal instances without reported placements, the busy one stays in any order', () => {
  const [idle] = seven([1]).computeInstances
  const [busy] = seven([1], { busy: true }).computeInstances
  if (idle === undefined || busy === undefined) throw new Error('none')
  for (const computeInstances of [
    [idle, busy],
    [busy, idle],
  ]) {
    const current = [{ ...seven([]), computeInstances }]
    const result = repartition({ gpu, current, wanted: want(gpu, { '1c.7g.40gb': 1 }) })
    expect(result).toMatchObject({ keptComputeInstances: 1, lostBusy: [] })
    expect(result.kind === 'repartition' && result.steps).toMatchObject([
      { kind: 'destroy-compute-instance', computeInstance: idle },
    ])
    expect(JSON.stringify(result)).not.toMatch(/destroy.*busy/)
  }
})
