import { describe, expect, test } from 'vitest'
import { formatPciIds, matchesPciIds, parsePciIds } from '../../../lib/model/pci-ids.js'
import fc from '../../support/property.js'

function idsOf(text: string): object {
  const result = parsePciIds(text)
  if (result.kind === 'malformed') throw new Error(result.problem)
  return result.ids
}

test('parsePciIds reads back what formatPciIds writes', () => {
  const subsystem = fc.option(fc.nat({ max: 0xffffffff }))
  fc.assert(
    fc.property(fc.nat({ max: 0xffff }), subsystem, (device, sub) => {
      const ids = { device: device * 0x10000 + 0x10de, subsystem: sub }
      expect(idsOf(formatPciIds(ids))).toEqual(ids)
    }),
  )
})

test('formatPciIds writes eight upper-case digits', () => {
  expect(formatPciIds({ device: 0x20b010de, subsystem: null })).toBe('0x20B010DE')
  expect(formatPciIds({ device: 0x20b010de, subsystem: 0xabc })).toBe('0x20B010DE:0x00000ABC')
})

// 0x25B610DE in the spellings of Go's integer literals.
test.each([
  '0x25B610DE',
  '0X25b610de',
  '0x25B6_10DE',
  '0x_25B610DE',
  '632688862',
  '0b100101101101100001000011011110',
  '0o4555410336',
  '04555410336',
])('parsePciIds accepts the spelling %s', (text) => {
  expect(idsOf(text)).toEqual({ device: 0x25b610de, subsystem: null })
})

test('parsePciIds accepts a subsystem of any vendor', () => {
  expect(idsOf('0x25B610DE:0x14A910DE')).toEqual({ device: 0x25b610de, subsystem: 0x14a910de })
  expect(idsOf('0x25B610DE:0x00001028')).toEqual({ device: 0x25b610de, subsystem: 0x1028 })
})

test.each([
  ['not-a-device-id', /0x<device><vendor>/],
  ['A100-SXM4-40GB', /0x<device><vendor>/],
  ['20B010DE', /write 0x20B010DE/],
  ['0x10DE20B0', /write 0x20B010DE/],
  ['0x20B0', /vendor 10DE/],
  ['0x120B010DE', /0x<device><vendor>/],
  ['0x20B010DE:', /second part/],
  ['0x20B010DE:nonsense', /second part/],
  ['0x20B010DE:0x1:0x2', /two parts/],
  ['0x20B010DE_', /0x<device><vendor>/],
  [' 0x20B010DE', /0x<device><vendor>/],
  ['-1', /0x<device><vendor>/],
])('parsePciIds refuses %j and says why', (text, problem) => {
  expect(parsePciIds(text)).toEqual({
    kind: 'malformed',
    problem: expect.stringMatching(problem),
  })
})

describe('matching', () => {
  const gpu = { pciDeviceId: 0x233010de, pciSubsystemId: 0x16c010de }
  const unknownBoard = { ...gpu, pciSubsystemId: 0 }

  test.each([
    ['0x233010DE', true],
    ['0x233010DE:0x16C010DE', true],
    ['0x233010DE:0x16C110DE', false],
    ['0x233110DE', false],
  ])('the PCI id %s matches an H100: %s', (text, expected) => {
    const result = parsePciIds(text)
    expect(result.kind === 'ids' && matchesPciIds(result.ids, gpu)).toBe(expected)
  })

  test('a subsystem does not match a board whose subsystem is unknown', () => {
    const ids = { device: 0x233010de, subsystem: 0x16c010de }
    expect(matchesPciIds(ids, unknownBoard)).toBe(false)
    expect(matchesPciIds({ ...ids, subsystem: 0 }, unknownBoard)).toBe(true)
  })
})
