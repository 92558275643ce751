import { expect, test } from 'vitest'
import { createFleet } from '../../../lib/fleet.js'
import type { CreateFleetOptions } from '../../../types/fleet/online.js'

const gpus = [{ id: 'a', model: 'A100-SXM4-40GB', count: 2 }]

test('A fleet made from the JSON of a snapshot releases a request with a count by its id', () => {
  const fleet = createFleet({ gpus })
  fleet.place({ id: 'q', profile: '1g.5gb', count: 3 })
  fleet.release('q/1')
  const copy = createFleet(JSON.parse(JSON.stringify(fleet.snapshot())) as CreateFleetOptions)
  expect(copy.release('q').map(({ request }) => request)).toEqual(['q/0', 'q/2'])
  expect(copy.snapshot().gpus.map(({ layout }) => layout)).toEqual([[], []])
})

test('The names of members of a request are in use as long as one member is there', () => {
  const fleet = createFleet({ gpus })
  fleet.place({ id: 'q', profile: '1g.5gb', count: 2 })
  fleet.release('q/1')
  expect(() => fleet.place({ id: 'q/1', profile: '2g.10gb' })).toThrow(/holds an instance already/)
  expect(() => fleet.place({ id: 'q', profile: '1g.5gb' })).toThrow(/holds an instance already/)
  expect(fleet.release('q')).toHaveLength(1)
  expect(fleet.place({ id: 'q/1', profile: '2g.10gb' })).toMatchObject({ kind: 'placed' })
})
