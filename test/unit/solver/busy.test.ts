import { describe, expect, test } from 'vitest'
import { repartition } from '../../../lib/solver.js'
import { place, want } from '../../support/devices.js'
import { geometryOf } from '../../support/geometry.js'

const a100 = geometryOf('a100-40gb')

describe('busy instances', () => {
  const three = [place(a100, '1g.5gb', 0), place(a100, '1g.5gb', 2), place(a100, '1g.5gb', 4)]

  test('a busy instance goes only after those that are not busy', () => {
    const wanted = want(a100, { '1g.5gb': 1 })
    for (const busy of three) {
      const result = repartition({ gpu: a100, current: three, wanted, busy: [busy] })
      expect(result).toMatchObject({ lostBusy: [], layout: [{ placement: busy.placement }] })
    }
  })

  test('a busy instance goes only if there is no place for it, and lostBusy names it', () => {
    const wanted = want(a100, { '4g.20gb': 1 })
    const result = repartition({ gpu: a100, current: three, wanted, busy: three })
    expect(result).toMatchObject({ kind: 'repartition', lostBusy: three })
    const pinned = repartition({ gpu: a100, current: three, wanted, pinned: three.slice(0, 1) })
    expect(pinned.kind).toBe('infeasible')
  })

  test('one busy instance weighs more than any number of others', () => {
    // The busy 1g.5gb at 3 leaves the 3g.20gb only the place where two others are.
    const current = [place(a100, '1g.5gb', 3), place(a100, '1g.5gb', 4), place(a100, '1g.5gb', 5)]
    const wanted = want(a100, { '1g.5gb': 3, '3g.20gb': 1 })
    const [first] = current
    const free = repartition({ gpu: a100, current, wanted })
    expect(free).toMatchObject({ keptGpuInstances: 2 })
    const result = repartition({
      gpu: a100,
      current,
      wanted,
      busy: first === undefined ? [] : [first],
    })
    expect(result).toMatchObject({ keptGpuInstances: 1, lostBusy: [] })
  })
})
