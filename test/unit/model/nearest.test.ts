import { describe, expect, test } from 'vitest'
import { findNearest, listNearest, suggestName } from '../../../lib/model/nearest.js'
import fc from '../../support/property.js'

/** All texts that one mistake makes of a text: a letter lost, added or replaced, or two neighbours swapped. */
function mistakesOf(text: string, letters: string): ReadonlySet<string> {
  const made = new Set<string>()
  for (let at = 0; at <= text.length; at++) {
    const [head, tail] = [text.slice(0, at), text.slice(at)]
    made.add(head + tail.slice(1))
    for (const letter of letters) {
      made.add(head + letter + tail)
      made.add(head + letter + tail.slice(1))
    }
    if (tail.length > 1) made.add(`${head}${tail[1]}${tail[0]}${tail.slice(2)}`)
  }
  made.delete(text)
  return made
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 3, maxLength: 5 })

describe('the nearest name', () => {
  test('a name of three to five letters is found with one mistake in it, and with no more', () => {
    fc.assert(
      fc.property(word, word, (meant, typed) => {
        const one = mistakesOf(meant, 'abc')
        const isNear = typed === meant || one.has(typed)
        expect(findNearest(typed, [meant]), `${typed} for ${meant}`).toBe(isNear ? meant : null)
      }),
      { numRuns: 2000 },
    )
  })

  test('of several names the one with the fewest mistakes is meant, and of equal ones the first', () => {
    expect(findNearest('1g.5gb+em', ['1g.5gb', '1g.5gb+me', '1g.5gb+gfx'])).toBe('1g.5gb+me')
    expect(findNearest('2g.10bg', ['1g.10gb', '2g.10gb', '2g.20gb'])).toBe('2g.10gb')
    expect(findNearest('cab', ['cat', 'car'])).toBe('cat')
    expect(findNearest('STATUS', ['start', 'status'])).toBe('status')
    expect(findNearest('xyz', ['status'])).toBeNull()
    expect(findNearest('ab', ['abc'])).toBe('abc')
  })

  test('a hint names the nearest name, or all where none is near', () => {
    expect(suggestName('statsu', ['apply', 'status'])).toBe('did you mean status?')
    expect(suggestName('xyz', ['apply', 'status'])).toBe('there are apply, status')
    expect(suggestName('xyz', ['apply', 'status'], ['one'])).toBe('there are one')
  })

  test('names are listed by their mistakes, and no more of them than asked for', () => {
    const names = ['aaaa', 'abbb', 'abcd', 'abcx']
    expect(listNearest('abcd', names, 3)).toEqual(['abcd', 'abcx', 'abbb'])
    expect(listNearest('ABDC', names, 1)).toEqual(['abcd'])
  })
})
