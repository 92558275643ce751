import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { migErrorOf } from '../../support/errors.js'
import { a100, namesOf, resolveText } from '../../support/resolving.js'

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n')

const entries = (count: number, devices: (index: number) => number): string =>
  `version: v1\nmig-configs:\n  x:\n${lines(
    count,
    (index) => `  - {devices: [0], mig-enabled: true, mig-devices: {1g.5gb: ${devices(index)}}}`,
  )}`

const configs = (count: number): string =>
  `version: v1\nmig-configs:\n${lines(count, (index) => `  c${index}: [{devices: all, mig-enabled: false}]`)}`

/** CPU time of this process, because other processes share a busy machine. */
function startClock(): () => number {
  const begun = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(begun)
    return (user + system) / 1e6
  }
}

describe('the time for large documents', () => {
  /** A quadratic comparison takes minutes here, anything else a second or two. */
  const seconds = 60

  test('the time to resolve grows no faster than the number of entries for one GPU', () => {
    const clock = startClock()
    expect(
      namesOf(
        resolveText(
          a100,
          entries(5000, () => 3),
        ),
      ),
    ).toEqual({ 0: { '1g.5gb': 3 } })
    const { issues, message } = migErrorOf(() =>
      resolveText(
        a100,
        entries(5000, (index) => 1 + (index % 2)),
      ),
    )
    expect(issues).toHaveLength(4999)
    expect(message.split('\n')).toHaveLength(22)
    expect(message).toMatch(/\n {2}and 4,979 more$/)
    expect(clock()).toBeLessThan(seconds)
  })

  test('the time to select grows no faster than the number of configurations', () => {
    const clock = startClock()
    const source = parseConfig(configs(10_000))
    expect(selectConfig(source, 'c9999').name).toBe('c9999')
    const { message } = migErrorOf(() => selectConfig(source, 'c77777'))
    expect(message).toMatch(/; the nearest of its 10000 are "c7777", /)
    expect(message.length).toBeLessThan(200)
    expect(clock()).toBeLessThan(seconds)
  })

  test('thousands of placements that overlap each other are refused in time', () => {
    const placements = lines(5000, () => '      - {profile: 1g.5gb, start: 0}')
    const text = `version: mig-nvml/v1\nmig-configs:\n  x:\n  - devices: all\n    placements:\n${placements}`
    expect(migErrorOf(() => resolveText(a100, text)).code).toBe('MIG_PARTITION_INFEASIBLE')
  })
})

test('a conflict names the latest earlier entry that asks for something else', () => {
  const { issues } = migErrorOf(() =>
    resolveText(
      a100,
      entries(3, (index) => (index === 0 ? 1 : 2)),
    ),
  )
  expect(issues?.map(({ message }) => message)).toEqual([
    expect.stringContaining('entry 1 is later'),
    expect.stringContaining('entry 2 is later'),
  ])
  expect(issues?.map(({ path }) => path[2])).toEqual([0, 0])
})

describe('limits of a text', () => {
  test.each<[string, string, RegExp]>([
    ['bytes', `#${'ü'.repeat(2 ** 19)}`, /1048577 bytes; .* 1 MiB/],
    ['levels, flow', '['.repeat(100_000), /more than 64 levels deep \(line 1/],
    ['levels, block', `${'- '.repeat(100_000)}x\ny`, /more than 64 levels deep/],
    ['words', `[${'0,'.repeat(150_000)}]`, /more than 250000 words/],
    ['anchors', lines(20_001, (index) => `- &a${index} 0`), /more than 20000 anchors/],
    [
      'aliases that multiply',
      lines(40, (index) =>
        index === 0 ? 'a0: &a0 [x, x]' : `a${index}: &a${index} [*a${index - 1}, *a${index - 1}]`,
      ),
      /more than 500000 values/,
    ],
  ])('a text beyond the limit is refused with its place: %s', (_name, text, says) => {
    const error = migErrorOf(() => parseConfig(text))
    expect(error.code).toBe('MIG_CONFIG_INVALID')
    expect(error.message).toMatch(says)
    expect(error.issues?.[0]?.line).toBeGreaterThan(0)
  })

  test('a document with many levels, but not too many, gets an error about its contents', () => {
    const { message } = migErrorOf(() => parseConfig(`${'['.repeat(60)}${']'.repeat(60)}`))
    expect(message).toContain('must be a mapping')
  })

  test('an error message does not quote a megabyte of input', () => {
    const { message } = migErrorOf(() => parseConfig(JSON.stringify('x'.repeat(1e6))))
    expect(message.length).toBeLessThan(1000)
  })
})

describe('errors in the words of this package', () => {
  test('the error for several documents says that only one is read', () => {
    const { message } = migErrorOf(() => parseConfig('version: v1\n---\nversion: v1\n'))
    expect(message).toContain('A second YAML document begins here, and only one is read (line 2')
  })

  test('the error for bytes says that they must be decoded first', () => {
    const { code, message } = migErrorOf(() => parseConfig(Buffer.from('version: v1') as never))
    expect(code).toBe('MIG_CONFIG_INVALID')
    expect(message).toContain('decode them first')
  })

  test('an empty file is a document without configurations, as for NVIDIA’s tool', () => {
    expect(migErrorOf(() => selectConfig(parseConfig(''))).code).toBe('MIG_CONFIG_NOT_FOUND')
  })
})
