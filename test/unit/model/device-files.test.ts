import { describe, expect, test } from 'vitest'
import {
  parseAccessFile,
  parseDeviceMajors,
  parseMigMinors,
} from '../../../lib/model/device-files.js'
import { migErrorOf } from '../../support/errors.js'

describe('parseMigMinors', () => {
  test('parseMigMinors reads the lines of the MIG User Guide by their names', () => {
    const text = 'config 1\nmonitor 2\ngpu0/gi0/access 3\ngpu0/gi0/ci0/access 4\n'
    expect([...parseMigMinors(text)]).toEqual([
      ['config', 1],
      ['monitor', 2],
      ['gpu0/gi0/access', 3],
      ['gpu0/gi0/ci0/access', 4],
    ])
  })

  test('parseMigMinors keeps names that it does not know, because a newer driver may list more', () => {
    expect(parseMigMinors('fabric-imex-mgmt 5000\n').get('fabric-imex-mgmt')).toBe(5000)
  })

  test.each([
    ['a line without a number', 'config 1\nmonitor\n', 2, 'monitor'],
    ['a number with letters', 'config 1x\n', 1, 'config 1x'],
    ['a negative number', 'config -1\n', 1, 'config -1'],
    [
      'a number that no device can have',
      'config 1\n\ngpu0/gi0/access 4294967296\n',
      3,
      '4294967296',
    ],
    ['three words', 'config 1 2\n', 1, 'config 1 2'],
    ['a name with two numbers', 'config 1\nmonitor 2\nconfig 3\n', 3, 'config'],
  ])('parseMigMinors refuses %s and names the line', (_what, text, line, shown) => {
    const error = migErrorOf(() => parseMigMinors(text))
    expect(error.code).toBe('MIG_DRIVER_INVALID')
    expect(error.message).toContain(`line ${line} `)
    expect(error.message).toContain(shown)
    expect(error.issues).toMatchObject([{ line, column: 1 }])
  })

  test('parseMigMinors shows only the beginning of a long line', () => {
    expect(migErrorOf(() => parseMigMinors('x'.repeat(1e6))).message.length).toBeLessThan(200)
  })
})

describe('parseAccessFile', () => {
  test('parseAccessFile reads the number, the mode and whether tools may make the node', () => {
    const text = 'DeviceFileMinor: 21\nDeviceFileMode: 292\nDeviceFileModify: 1\n'
    expect(parseAccessFile(text)).toEqual({ minor: 21, mode: 0o444, modify: true })
  })

  test('parseAccessFile names the field that is missing or is no number', () => {
    expect(migErrorOf(() => parseAccessFile('DeviceFileMinor: 21\n')).message).toContain(
      'DeviceFileMode',
    )
    const text = 'DeviceFileMinor: x\nDeviceFileMode: 292\nDeviceFileModify: 1\n'
    expect(migErrorOf(() => parseAccessFile(text)).message).toContain('DeviceFileMinor')
  })

  test('parseAccessFile names the line that has no field', () => {
    const error = migErrorOf(() => parseAccessFile('DeviceFileMinor: 21\nno field\n'))
    expect(error.issues).toMatchObject([{ line: 2 }])
  })
})

describe('parseDeviceMajors', () => {
  const text =
    'Character devices:\n  1 mem\n  4 /dev/vc/0\n195 nvidia\n235 nvidia-caps\n\nBlock devices:\n  7 loop\n195 sd\n'

  test('parseDeviceMajors reads the character devices and no block device', () => {
    expect(Object.fromEntries(parseDeviceMajors(text))).toEqual({
      mem: 1,
      '/dev/vc/0': 4,
      nvidia: 195,
      'nvidia-caps': 235,
    })
  })

  test('parseDeviceMajors names the line that is no device', () => {
    const error = migErrorOf(() => parseDeviceMajors('Character devices:\n  1 mem\nnvidia 195\n'))
    expect(error.code).toBe('MIG_DRIVER_INVALID')
    expect(error.issues).toMatchObject([{ line: 3 }])
  })
})
