import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { renderMachine } from '../../../lib/render/machine.js'
import type { MigState } from '../../../types/model/state.js'
import { type GpuSpec, stateOf } from '../../support/state.js'

const sevens = [0, 1, 2, 3, 4, 5, 6].map((start) => `1g.5gb@${start}`)
const balanced = ['3g.20gb@4', '2g.10gb@0', '1g.5gb@2', '1g.5gb@3']

function draw(...instances: readonly string[]): readonly string[] {
  return renderMachine(stateOf([{ key: 'a100-40gb', instances }])).split('\n')
}

/** The text between the borders of the units from `start` on. */
function cellAt(line: string | undefined, start: number, size: number, unitWidth = 7): string {
  const first = start * unitWidth
  const last = (start + size) * unitWidth
  expect([line?.[first], line?.[last]]).toEqual(['│', '│'])
  return line?.slice(first + 1, last).trim() ?? ''
}

describe('one GPU', () => {
  test('a GPU looks like the pictures of the MIG User Guide', () => {
    expect(draw(...balanced).join('\n')).toBe(
      `
GPU 0  NVIDIA A100-SXM4-40GB                       MIG on
┌─────────────┬──────┬──────┬───────────────────────────┐
│   2g.10gb   │1g.5gb│1g.5gb│          3g.20gb          │
├─────────────┼──────┼──────┼────────────────────┬──────┘
│  ■      ■   │  ■   │  ■   │  ■      ■      ■   │
└─────────────┴──────┴──────┴────────────────────┘

memory above, compute below`.trim(),
    )
  })

  test('a GPU shows every instance at its placement', () => {
    const [, , memory, second, , compute] = draw('1g.10gb@6', '2g.10gb@0', '1g.5gb+me@4')
    expect(cellAt(memory, 0, 2)).toBe('2g.10gb')
    expect(cellAt(memory, 2, 1)).toBe('·')
    expect([cellAt(memory, 4, 1), cellAt(second, 4, 1)]).toEqual(['1g.5gb', '+me'])
    expect(cellAt(memory, 6, 2)).toBe('1g.10gb')
    expect(cellAt(compute, 0, 2)).toMatch(/^■ +■$/)
    expect(cellAt(compute, 3, 1)).toBe('·')
    expect(cellAt(compute, 4, 1)).toBe('■')
    expect(cellAt(compute, 6, 1)).toBe('■')
  })

  test('a GPU shows the compute slices that an instance has memory for but does not get', () => {
    const lines = draw('3g.20gb@0', '1g.10gb@4')
    // These names fit into narrower units.
    expect(cellAt(lines[4], 0, 3, 6)).toMatch(/^■ +■ +■$/)
    expect(cellAt(lines[4], 3, 1, 6)).toBe('×')
    expect(cellAt(lines[4], 4, 1, 6)).toBe('■')
    expect(cellAt(lines[4], 5, 1, 6)).toBe('×')
    expect(lines.at(-1)).toContain('× unusable')
  })

  test('a GPU shows seven compute slices beside eight memory units', () => {
    const [, , memory, , compute] = draw(...sevens)
    expect(memory?.match(/1g\.5gb/g)).toHaveLength(7)
    expect(compute?.match(/■/g)).toHaveLength(7)
    expect(compute).toHaveLength(7 * 7 + 1)
  })

  test('a GPU shows memory that no profile can use any more as unusable', () => {
    const lines = draw(...sevens)
    expect(cellAt(lines[2], 7, 1)).toBe('×')
    expect(lines.at(-1)).toMatch(/ × unusable$/)
    // A 1g.10gb takes the last two units.
    expect(cellAt(draw(...sevens.slice(0, 6))[2], 7, 1)).toBe('·')
  })

  test('a GPU shows compute instances and the free rest of their GPU instance', () => {
    const [, , memory, , compute] = draw('4g.20gb@0:2c', '3g.20gb@4:')
    expect(cellAt(memory, 0, 4, 6)).toBe('4g.20gb')
    expect(cellAt(memory, 4, 4, 6)).toBe('3g.20gb')
    expect(cellAt(compute, 0, 2, 6)).toBe('2c')
    expect(cellAt(compute, 2, 2, 6)).toBe('(2c)')
    expect(cellAt(compute, 4, 3, 6)).toBe('(3c)')
  })

  test.each<
    [
      string,
      GpuSpec,
      readonly (readonly [row: 2 | 3 | 4 | 5, start: number, size: number, label: string])[],
      number,
    ]
  >([
    [
      'an A30, with four of each',
      { key: 'a30-24gb', instances: ['2g.12gb@0', '1g.6gb@3'] },
      [
        [2, 0, 2, '2g.12gb'],
        [2, 2, 1, '·'],
        [2, 3, 1, '1g.6gb'],
        [4, 2, 1, '·'],
        [4, 3, 1, '■'],
      ],
      12,
    ],
    [
      'an RTX PRO 6000, with three memory units beside a compute slice',
      { key: 'rtx-pro-6000-blackwell', instances: ['1g.24gb+me.all@0', '2g.48gb@6:1c,1c'] },
      [
        [2, 0, 3, '1g.24gb'],
        [3, 0, 3, '+me.all'],
        [2, 3, 1, '·'],
        [2, 6, 6, '2g.48gb'],
        [5, 0, 3, '■'],
        [5, 3, 3, '·'],
        [5, 6, 3, '1c'],
        [5, 9, 3, '1c'],
      ],
      4,
    ],
  ])('the picture of a GPU fits one that is %s', (_, spec, cells, unitWidth) => {
    const lines = renderMachine(stateOf([spec])).split('\n')
    for (const [row, start, size, label] of cells) {
      expect(cellAt(lines[row], start, size, unitWidth)).toBe(label)
    }
  })

  test('a GPU with MIG off is shown whole, with a note if it has no MIG or waits for a reset', () => {
    const text = renderMachine(
      stateOf([{ key: 'a100-40gb' }, { key: 'none' }, { key: 'a100-40gb', pending: true }]),
    )
    expect(text).toContain('whole GPU, 40 GB')
    expect(text).toContain('MIG off')
    expect(text).toContain('cannot do MIG')
    expect(text).toContain('MIG off, on after reset')
    expect(text).toMatch(/┘$/)
  })

  test('a GPU is drawn from the catalog while the driver reports no geometry', () => {
    const [, , memory] = renderMachine(
      stateOf([{ key: 'a100-40gb', instances: balanced, geometry: null }]),
    ).split('\n')
    expect(cellAt(memory, 4, 4)).toBe('3g.20gb')
  })
})

describe('a machine', () => {
  const mixed = stateOf([
    { key: 'a100-40gb', instances: balanced, count: 3 },
    { key: 'a100-40gb', instances: sevens, count: 2 },
    { key: 'a100-40gb', count: 2 },
    { key: 'rtx-pro-6000-blackwell', instances: ['4g.96gb@0'] },
  ])
  const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length))

  test.each([
    [49, 1],
    [80, 1],
    [115, 1],
    [116, 2],
    [120, 2],
    [234, 4],
  ])('a machine of eight GPUs in %i columns has %i in a row', (columns, perRow) => {
    const text = renderMachine(mixed, { columns })
    const titles = text.split('\n').filter((line) => line.startsWith('GPU'))
    expect(titles).toHaveLength(8 / perRow)
    expect(text.match(/GPU \d /g)).toHaveLength(8)
    expect(widest(text)).toBeLessThanOrEqual(columns)
  })

  test('no line of the picture of a machine ends in a space', () => {
    expect(renderMachine(mixed)).not.toMatch(/ $/m)
  })

  test('the picture of a machine without Unicode is ASCII only', () => {
    const text = renderMachine(mixed, { unicode: false, fold: true })
    expect(text).toMatch(/^[\n -~]*$/)
    expect(text.split('\n').length).toBe(renderMachine(mixed, { fold: true }).split('\n').length)
  })

  test('a folded picture of a machine shows equal GPUs once', () => {
    const text = renderMachine(mixed, { fold: true })
    for (const title of ['GPU 0–2 ', 'GPU 3, 4 ', 'GPU 5, 6 ', 'GPU 7 '])
      expect(text).toContain(title)
    expect(text.match(/GPU \d/g)).toHaveLength(4)
  })

  test('the picture of a machine has colours only on request, over the same text', () => {
    const plain = renderMachine(mixed)
    const coloured = renderMachine(mixed, { color: true })
    expect(stripVTControlCharacters(plain)).toBe(plain)
    expect(coloured).not.toBe(plain)
    const trimmed = stripVTControlCharacters(coloured).replace(/ +$/gm, '')
    expect(trimmed).toBe(plain)
  })

  test('the picture of a machine without Unicode has plain signs in place of lines and marks', () => {
    // Two side by side: the lower row of an A100 is shorter than the upper one.
    const state = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0', '1g.5gb@4:'], count: 2 }])
    const plainSigns: readonly (readonly [RegExp, string])[] = [
      [/[┌┐┬└┘┴├┤┼]/g, '+'],
      [/[─╶╴]/g, '-'],
      [/[│╷╵]/g, '|'],
      [/·/g, '.'],
      [/×/g, 'x'],
      [/■/g, '#'],
      [/…/g, '...'],
    ]
    expect(renderMachine(state, { unicode: false, columns: 120 })).toBe(
      plainSigns.reduce(
        (text, [sign, by]) => text.replace(sign, by),
        renderMachine(state, { columns: 120 }),
      ),
    )
  })

  test('in colour, each size of instance has a background of its own, and a bare one has letters of that colour', () => {
    const sizes = ['1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']
    const colored = (instance: string): string =>
      showEscapes(stateOf([{ key: 'a100-40gb', instances: [instance] }]))
    const codesOf = (text: string, label: string): readonly number[] => {
      const before = text.slice(0, text.indexOf(label)).match(/(?:␛\[\d+m)+ *$/)?.[0] ?? ''
      return [...before.matchAll(/\[(\d+)m/g)].map(([, code]) => Number(code))
    }
    // 40 to 47 and 100 to 107 are backgrounds, 30 to 37 and 90 to 97 letters.
    const isBackground = (code: number): boolean =>
      (code >= 40 && code <= 47) || (code >= 100 && code <= 107)
    const hue = (codes: readonly number[]): number =>
      (codes.find(isBackground) ?? codes.at(-1) ?? 0) % 10
    const used = sizes.map((name) => codesOf(colored(`${name}@0`), name))
    const bare = sizes.map((name) => codesOf(colored(`${name}@0:`), name))
    expect(used.map((codes) => codes.filter(isBackground).length)).toEqual([1, 1, 1, 1, 1])
    expect(bare.map((codes) => codes.filter(isBackground).length)).toEqual([0, 0, 0, 0, 0])
    expect(new Set(used.map(hue)).size).toBe(5)
    expect(bare.map(hue)).toEqual(used.map(hue))
  })

  test('in colour, what is free and what is lost are gray', () => {
    const text = showEscapes(stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0'] }]))
    for (const mark of ['·', '×']) {
      const [, code] = new RegExp(`␛\\[(\\d+)m *${mark} *␛`).exec(text) ?? []
      expect(code, mark).toBe('90')
    }
  })

  test('in colour, a mode that is on is green, one that waits is yellow, a lost GPU is red', () => {
    const state = stateOf([
      { key: 'a100-40gb', migEnabled: true },
      { key: 'a100-40gb', pending: true },
      { key: 'a100-40gb' },
      { key: 'none' },
    ])
    const text = showEscapes({ ...state, lostGpus: [{ index: 4, uuid: null }] })
    const modes = text
      .split('\n')
      .filter((line) => line.includes('GPU '))
      .map((line) => /␛\[(\d+)m[^␛]*␛\[\d+m *$/.exec(line)?.[1])
    const [green, yellow, gray, red] = ['32', '33', '90', '31']
    expect(modes.slice(0, 5)).toEqual([green, yellow, gray, gray, red])
  })

  test('a machine without GPUs has a picture, too', () => {
    expect(renderMachine(stateOf([]))).toBe('no GPUs')
  })
})

/** A coloured picture, one GPU in a row, in which the escape character is visible. */
function showEscapes(state: MigState): string {
  return renderMachine(state, { color: true, columns: 60 }).replaceAll('\u001b', '␛')
}
