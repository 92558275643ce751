import { describe, expect, test } from 'vitest'
import { copyPlain, copyPlainBut } from '../../../lib/model/copy-plain.js'
import { readableOnce } from '../../support/read-once.js'

describe('a copy of plain data', () => {
  test('copyPlain returns equal data and reads the original once', () => {
    const data = { list: [1, 'a', null, undefined, [true]], part: { deep: { er: 1n } } }
    expect(copyPlain(readableOnce(data))).toEqual(data)
  })

  test('copyPlain shares nothing that could change', () => {
    const data = { list: [{ a: 1 }], part: { b: 2 } }
    const copy = copyPlain(data)
    data.list.push({ a: 3 })
    data.part.b = 4
    expect(copy).toEqual({ list: [{ a: 1 }], part: { b: 2 } })
  })

  test('copyPlain copies values of getters and of class instances, but no own methods', () => {
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

  test('copyPlain keeps property names such as __proto__ and constructor', () => {
    const data = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "toString": 3}')
    const copy = copyPlain(data)
    expect(Object.entries(copy)).toEqual(Object.entries(data))
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  })

  test('copyPlain passes on functions and other special objects', () => {
    const { signal } = new AbortController()
    const call = (): number => 1
    expect(copyPlain({ signal, call })).toEqual({ signal, call })
    expect(copyPlain({ signal }).signal).toBe(signal)
  })

  test('copyPlainBut passes one property on as it is', () => {
    const data = { gpu: { a: 1 }, list: [{ b: 2 }] }
    const copy = copyPlainBut(data, 'gpu')
    expect(copy).toEqual(data)
    expect(copy.gpu).toBe(data.gpu)
    expect(copy.list[0]).not.toBe(data.list[0])
  })

  test.each([5, 'a', null, undefined, true, 1n])('copyPlain returns %s unchanged', (value) => {
    expect(copyPlain(value)).toBe(value)
  })

  test('copyPlain ends on data that contains itself', () => {
    const data: { self?: unknown; other?: unknown } = {}
    data.self = data
    data.other = data
    expect(copyPlain(data)).toHaveProperty('self.other.self')
  })
})
