import { expect, test } from 'vitest'
import { createNameIndex } from '../../../lib/fleet/online/name-index.js'
import { seeded } from '../../support/random.js'

interface Named {
  readonly name: string
}

test('a name index holds what a Map would, in the same order, through changes at random', () => {
  for (let seed = 0; seed < 6; seed += 1) {
    const random = seeded(seed)
    const index = createNameIndex<Named>(({ name }) => name)
    const map = new Map<string, Named>()
    // Few names come again and again; many make it grow.
    const names = seed % 2 === 0 ? 40 : 4000
    for (let step = 0; step < 3000; step += 1) {
      const name = `${'n'.repeat(random(3))}${random(names)}`
      const other = `${random(names)}`
      const item = { name }
      const isGone = random(3) === 0
      const answer = isGone ? index.delete(name) : index.set(item)
      const expected = isGone ? map.delete(name) : !map.has(name)
      if (!isGone) map.set(name, item)
      const isSame =
        answer === expected && index.size() === map.size && index.get(other) === map.get(other)
      if (!isSame) expect.fail(`seed ${seed}, step ${step}`)
    }
    expect([...index.values()]).toEqual([...map.values()])
    for (const name of map.keys()) expect(index.get(name)).toBe(map.get(name))
  }
})

test('a name index knows the empty name, and names that differ only in characters beyond ASCII', () => {
  const index = createNameIndex<Named>(({ name }) => name)
  const items = ['', 'ä', 'ö', '\u0000', '\u0000\u0000', '😀'].map((name) => ({ name }))
  for (const item of items) expect(index.set(item)).toBe(true)
  for (const item of items) expect(index.get(item.name)).toBe(item)
})
