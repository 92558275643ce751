import { describe, expect, test } from 'vitest'
import { copyPlain, copyPlainBut } from '../../../lib/model/copy-plain.js'
import { readableOnce } from '../../support/read-once.js'

describe('a copy of plain data', () => {
  test('says what the original says, which is read once', () => {
    const data = { list: [1, 'a', null, undefined, [true]], part: { deep: { er: 1n } } }
    expect(copyPlain(readableOnce(data))).toEqual(data)
  })

  test('shares nothing that could change', () => {
    const data = { list: [{ a: 1 }], part: { b: 2 } }
    const copy = copyPlain(data)
    data.list.push({ a: 3 })
    data.part.b = 4
    expect(copy).toEqual({ list: [{ a: 1 }], part: { b: 2 } })
  })

  test('has the values of getters, of a class too, and no methods of its own', () => {
    class Wish {
      profile = '1g.5gb'
    }
    const list = Object.assign([1, 2], { entries: () => [][Symbol.iterator]() })
    expect(copyPlain({ wish: new Wish(), list })).toEqual({
      wish: { profile: '1g.5gb' },
      list: [1, 2],
    })
    expect([...copyPlain(list).entries()]).toEqual([
      [0, 1],
      [1, 2],
    ])
  })

  test('keeps names that mean something to objects', () => {
    const data = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "toString": 3}')
    const copy = copyPlain(data)
    expect(Object.entries(copy)).toEqual(Object.entries(data))
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  })

  test('leaves functions and objects of a kind of their own what they are', () => {
    const { signal } = new AbortController()
    const call = (): number => 1
    expect(copyPlain({ signal, call })).toEqual({ signal, call })
    expect(copyPlain({ signal }).signal).toBe(signal)
  })

  test('may pass one part on as it is', () => {
    const data = { gpu: { a: 1 }, list: [{ b: 2 }] }
    const copy = copyPlainBut(data, 'gpu')
    expect(copy).toEqual(data)
    expect(copy.gpu).toBe(data.gpu)
    expect(copy.list[0]).not.toBe(data.list[0])
  })

  test.each([5, 'a', null, undefined, true, 1n])('of %s is the same', (value) => {
    expect(copyPlain(value)).toBe(value)
  })

  test('ends where data goes round in a circle', () => {
    const data: { self?: unknown; other?: unknown } = {}
    data.self = data
    data.other = data
    expect(copyPlain(data)).toHaveProperty('self.other.self')
  })
})
