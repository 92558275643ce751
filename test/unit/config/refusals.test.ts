// Each refusal of a document names the field that must change, and says why.
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { migErrorOf } from '../../support/errors.js'

function refusal(version: 'v1' | 'mig-nvml/v1', fields: Readonly<Record<string, unknown>>) {
  const {
    code,
    issues = [],
    message,
  } = migErrorOf(() => parseConfig({ version, 'mig-configs': { x: [fields] } } as never))
  expect(code).toBe('MIG_CONFIG_INVALID')
  expect(issues).toHaveLength(1)
  const [issue] = issues
  expect(issue?.path.slice(0, 3)).toEqual(['mig-configs', 'x', 0])
  expect(message).toContain(issue?.message)
  return { at: issue?.path.slice(3), why: issue?.message ?? '' }
}

const sizes = { '1g.5gb': 1 }
const all = { devices: 'all' }
const off = { devices: 'all', 'mig-enabled': false }
const placements = [{ profile: '3g.20gb', start: 0 }]

describe('a contradiction in an entry of mig-nvml/v1', () => {
  test.each<[Readonly<Record<string, unknown>>, string, RegExp]>([
    [all, 'mig-devices', /is missing: .*total-mig-devices or placements can replace it/],
    [{ ...all, 'mig-devices': null }, 'mig-devices', /is missing/],
    [
      { ...all, 'mig-devices': sizes, 'total-mig-devices': sizes },
      'total-mig-devices',
      /combined with mig-devices/,
    ],
    [{ ...all, 'mig-devices': sizes, placements }, 'placements', /combined with mig-devices/],
    [
      { ...all, 'total-mig-devices': sizes, placements },
      'placements',
      /combined with total-mig-devices/,
    ],
    [
      { devices: 'others', count: 1, 'mig-devices': sizes },
      'count',
      /combined with devices: others/,
    ],
    [
      { devices: 'others', 'total-mig-devices': sizes },
      'total-mig-devices',
      /combined with devices: others/,
    ],
    [{ ...all, placements, 'at-least': true }, 'at-least', /combined with placements/],
    [{ ...all, placements, keep: 'busy' }, 'keep', /combined with placements/],
    [{ ...off, 'mig-devices': sizes }, 'mig-devices', /must be empty when mig-enabled is false/],
    [
      { ...off, 'mig-devices': [{ profile: '1g.5gb' }] },
      'mig-devices',
      /must be empty when mig-enabled is false/,
    ],
    [
      { ...off, 'total-mig-devices': sizes },
      'total-mig-devices',
      /no meaning when mig-enabled is false/,
    ],
    [{ ...off, placements }, 'placements', /no meaning when mig-enabled is false/],
    [{ ...off, 'at-least': false }, 'at-least', /no meaning when mig-enabled is false/],
    [{ ...off, keep: 'all' }, 'keep', /no meaning when mig-enabled is false/],
    [{ ...all, 'mig-devices': { '1g.5gb': 0 } }, 'mig-devices', /./],
    [{ ...all, 'total-mig-devices': { '1g.5gb': 0 } }, 'total-mig-devices', /./],
  ])('the error for %o is at %s', (fields, at, why) => {
    const found = refusal('mig-nvml/v1', fields)
    expect(found.at).toEqual([at])
    expect(found.why).toMatch(why)
  })

  test.each<[Readonly<Record<string, unknown>>]>([
    [{ ...off, 'mig-devices': {} }],
    [{ ...off, 'mig-devices': null }],
    [{ ...all, placements, 'at-least': false }],
    [{ ...all, 'mig-devices': sizes, 'at-least': true, keep: 'busy' }],
    [{ devices: 'others', 'mig-devices': sizes }],
    [{ devices: 'others', placements }],
    [{ ...all, count: 1, 'total-mig-devices': sizes }],
    [{ ...all, 'mig-devices': {} }],
  ])('%o is no contradiction', (entry) => {
    const { document } = parseConfig({
      version: 'mig-nvml/v1',
      'mig-configs': { x: [entry] },
    } as never)
    expect(document['mig-configs']?.['x']).toHaveLength(1)
  })
})

describe('a value of the wrong kind', () => {
  test.each<[Readonly<Record<string, unknown>>, readonly (string | number)[], RegExp]>([
    [{ ...off, 'device-filter': 20 }, ['device-filter'], /must be text: put it in quotes, "0x/],
    [{ ...off, 'device-filter': true }, ['device-filter'], /must be text$/],
    [{ ...off, 'device-filter': ['A100', 5] }, ['device-filter', 1], /must be text: put it in/],
    [
      { devices: 'all', 'mig-enabled': 1, 'mig-devices': sizes },
      ['mig-enabled'],
      /must be true or false, not 1/,
    ],
    [{ ...all, 'mig-devices': sizes, 'at-least': 1 }, ['at-least'], /must be true or false, not 1/],
    [{ devices: 'GPU 1', 'mig-enabled': false }, ['devices'], /is not a GPU: an index, a UUID/],
    [{ devices: [0, 'x'], 'mig-enabled': false }, ['devices', 1], /is not a GPU: an index, a UUID/],
    [{ devices: [0, -1], 'mig-enabled': false }, ['devices', 1], /./],
    [
      { ...all, 'mig-devices': sizes, keep: 'some' },
      ['keep'],
      /must be "busy", "all" or a list of UUIDs of MIG devices, not "some"/,
    ],
    [
      { ...all, 'mig-devices': sizes, keep: ['GPU-1'] },
      ['keep', 0],
      /is not the UUID of a MIG device/,
    ],
    [
      { ...all, 'mig-devices': [{}] },
      ['mig-devices', 0],
      /needs a profile, or at least one of memory-mib, compute-slices, multiprocessors, engines/,
    ],
    [{ ...all, 'mig-devices': [{ count: 2 }] }, ['mig-devices', 0], /needs a profile/],
    [{ ...all, 'mig-devices': [{ 'memory-mib': 0 }] }, ['mig-devices', 0, 'memory-mib'], /./],
    [
      { ...all, 'mig-devices': [{ profile: '1g.5gb', 'memory-mib': 5 }] },
      ['mig-devices', 0, 'memory-mib'],
      /is not a field of devices by name/,
    ],
    [
      { ...all, 'mig-devices': [{ engines: { cuda: 1 } }] },
      ['mig-devices', 0, 'engines', 'cuda'],
      /is not a field of engines/,
    ],
    [{ ...all, placements: [{ start: 0 }] }, ['placements', 0, 'profile'], /is missing/],
    [{ ...all, placements: [{ profile: '3g.20gb' }] }, ['placements', 0, 'start'], /is missing/],
    [
      { ...all, placements: [{ ...placements[0], 'compute-instances': [{ start: 1 }] }] },
      ['placements', 0, 'compute-instances', 0, 'profile'],
      /is missing/,
    ],
    [
      { ...all, placements: [{ ...placements[0], size: 4 }] },
      ['placements', 0, 'size'],
      /is not a field of a placement/,
    ],
  ])('the error for %o is at %o', (fields, at, why) => {
    const found = refusal('mig-nvml/v1', fields)
    expect(found.at).toEqual(at)
    expect(found.why).toMatch(why)
  })
})

describe('version v1', () => {
  test.each<[Readonly<Record<string, unknown>>, readonly (string | number)[], RegExp]>([
    [{ devices: 'all', 'mig-enabled': true }, ['mig-devices'], /is missing: with mig-enabled/],
    [{ ...off, 'mig-devices': sizes }, ['mig-devices'], /must be empty when mig-enabled is false/],
    [{ devices: 'all', 'mig-enabled': true, 'mig-devices': { '1g.5gb': 0 } }, ['mig-devices'], /./],
    [
      { devices: 'some', 'mig-enabled': false },
      ['devices'],
      /must be "all" or a list of GPU indexes such as \[0, 1\], not "some"/,
    ],
    [{ devices: 'all', 'mig-enabled': 'no' }, ['mig-enabled'], /must be true or false, not "no"/],
    [{ devices: 'all' }, ['mig-enabled'], /is missing/],
    [{ ...off, 'device-filter': 0x20b010de }, ['device-filter'], /put it in quotes, "0x20B010DE"/],
    [{ ...off, keep: 'all' }, ['keep'], /is not a field of an entry/],
  ])('the error for %o is at %o', (fields, at, why) => {
    const found = refusal('v1', fields)
    expect(found.at).toEqual(at)
    expect(found.why).toMatch(why)
  })
})
