import { describe, expect, test } from 'vitest'
import { describeGpus, formatGpus, formatIndexRanges } from '../../../lib/model/gpu-text.js'
import { groupBy } from '../../../lib/model/group-by.js'
import { describeMode } from '../../../lib/model/mode-text.js'
import { findNearest, listNearest, suggestName } from '../../../lib/model/nearest.js'
import { describeProcess } from '../../../lib/model/process-text.js'
import { visibleLines, visibleText } from '../../../lib/model/visible-text.js'
import type { GpuProcess } from '../../../types/model/state.js'
import { stateOf } from '../../support/state.js'

test.each<[readonly number[], string]>([
  [[], ''],
  [[4], '4'],
  [[0, 1], '0, 1'],
  [[0, 1, 2], '0-2'],
  [[6, 2, 0, 1, 3], '0-3, 6'],
  [[0, 2, 4], '0, 2, 4'],
  [[9, 10, 11, 3, 3], '3, 9-11'],
])('formatIndexRanges writes %j as "%s"', (indexes, text) => {
  expect(formatIndexRanges(indexes)).toBe(text)
})

test('describeGpus describes GPUs by model, in the order of the first of each', () => {
  const { gpus } = stateOf([{ key: 'a100-40gb' }, { key: 'a30-24gb' }, { key: 'a100-40gb' }])
  expect(formatGpus(gpus)).toBe('GPU 0-2')
  expect(describeGpus(gpus)).toBe(
    'GPU 0, 2 (NVIDIA A100-SXM4-40GB, 0x20B010DE) and GPU 1 (NVIDIA A30, 0x20B710DE)',
  )
  expect(describeGpus([])).toBe('no GPU')
})

test('groupBy returns groups in the order of first appearance', () => {
  const groups = groupBy([5, 2, 4, 7], (number) => number % 2)
  expect([...groups]).toEqual([
    [1, [5, 7]],
    [0, [2, 4]],
  ])
})

test.each<[Parameters<typeof describeMode>[0], string]>([
  [null, 'no MIG'],
  [{ enabled: true, pending: true }, 'MIG on'],
  [{ enabled: false, pending: false }, 'MIG off'],
  [{ enabled: true, pending: false }, 'MIG on, off after reset'],
  [{ enabled: false, pending: true }, 'MIG off, on after reset'],
])('describeMode describes %j as %s', (mode, text) => {
  expect(describeMode(mode)).toBe(text)
})

describe('similar names', () => {
  const names = ['profile', 'count', 'layout', 'id']
  test.each<[string, string | null]>([
    ['cuont', 'count'],
    ['Count', 'count'],
    ['profil', 'profile'],
    ['layoout', 'layout'],
    ['ids', 'id'],
    ['di', 'id'],
    ['something', null],
    ['xyz', null],
    ['', null],
  ])('the name nearest to "%s" is %s', (text, nearest) => {
    expect(findNearest(text, names)).toBe(nearest)
  })

  test('findNearest returns the nearest name, and the first of equally near ones', () => {
    expect(findNearest('cat', ['bat', 'car'])).toBe('bat')
    expect(findNearest('abcdef', ['abcxyf', 'abcdxf', 'abcdxx'])).toBe('abcdxf')
  })

  test('suggestName offers the nearest name, or all names if none is near', () => {
    expect(suggestName('cuont', names)).toBe('did you mean count?')
    expect(suggestName('xyz', names)).toBe('there are profile, count, layout, id')
    expect(suggestName('xyz', names, ['id'])).toBe('there are id')
  })

  test('listNearest sorts by similarity, even of dissimilar names', () => {
    expect(listNearest('1g.5gb', ['7g.40gb', '1g.6gb', '1g.10gb', '1g.5gb'], 3)).toEqual([
      '1g.5gb',
      '1g.6gb',
      '1g.10gb',
    ])
  })
})

describe('names from other users', () => {
  test('visibleText leaves nothing that a terminal obeys', () => {
    expect(visibleText('a\u001b[2Jb\u009bc\u007f\u202ed\u2066\ne\t')).toBe(
      'a\\u001b[2Jb\\u009bc\\u007f\\u202ed\\u2066\\u000ae\\u0009',
    )
    expect(visibleText('plain é 😀 ~')).toBe('plain é 😀 ~')
  })

  test('visibleLines keeps line breaks and tabs', () => {
    expect(visibleLines('a\n\tb\r\u001bc')).toBe('a\n\tb\\u000d\\u001bc')
  })

  const named = (part: Partial<GpuProcess>): string =>
    describeProcess({
      pid: 4711,
      command: null,
      commandLine: null,
      container: null,
      ...part,
    } as GpuProcess)

  test.each<[Partial<GpuProcess>, string]>([
    [{}, 'pid 4711'],
    [{ command: 'python3' }, 'python3 (pid 4711)'],
    [{ command: 'python3', commandLine: 'python3 train.py' }, 'python3 train.py (pid 4711)'],
    [{ command: 'a\u001bb' }, 'a\\u001bb (pid 4711)'],
    [
      { command: 'x', container: { runtime: 'docker', id: '0123456789abcdef' } },
      'x (pid 4711, docker container 0123456789ab)',
    ],
    [
      { container: { runtime: 'docker', id: '0123456789abcdef' } },
      'pid 4711 (docker container 0123456789ab)',
    ],
    [{ container: { runtime: null, id: '0123456789abcdef' } }, 'pid 4711 (container 0123456789ab)'],
    [{ commandLine: 'x'.repeat(120) }, `${'x'.repeat(120)} (pid 4711)`],
    [{ commandLine: 'x'.repeat(121) }, `${'x'.repeat(119)}… (pid 4711)`],
  ] as [Partial<GpuProcess>, string][])(
    'describeProcess describes the process %j',
    (part, text) => {
      expect(named(part)).toBe(text)
    },
  )
})
