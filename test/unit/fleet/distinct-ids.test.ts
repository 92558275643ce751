import { expect, test } from 'vitest'
import { findRepeatedId } from '../../../lib/fleet/model/distinct-ids.js'

const at = (...ids: (string | undefined)[]): number =>
  findRepeatedId(ids.map((id) => (id === undefined ? {} : { id })))

test.each([
  ['ascending, the last one twice', ['a1', 'a2', 'a10', 'a10'], 3],
  ['ascending, an early one again', ['a1', 'a2', 'a10', 'a1'], 3],
  ['in no order', ['z', 'b', 'y', 'b', 'z'], 3],
  ['out of order once, before the repetition', ['a', 'c', 'b', 'd', 'c'], 4],
  ['no repetition', ['c', 'a', 'b'], -1],
  ['items without an id do not count', [undefined, 'b', undefined, 'a', undefined], -1],
  ['a repetition with items without an id between', ['b', undefined, 'a', undefined, 'b'], 4],
])('findRepeatedId finds the first repeated id of a list: %s', (_what, ids, expected) => {
  expect(at(...ids)).toBe(expected)
})
