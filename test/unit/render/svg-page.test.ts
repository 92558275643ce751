// Where the GPUs and the words of a picture lie on its page.
import { describe, expect, test } from 'vitest'
import { renderMachineSvg } from '../../../lib/render/svg-machine.js'
import type { MigState } from '../../../types/model/state.js'
import { stateOf } from '../../support/state.js'
import { boxesOf, type SvgText, textsOf } from '../../support/svg-boxes.js'
import { descendants, hasClass, parseXml, type XmlElement } from '../../support/xml.js'

const full = ['3g.20gb@4', '4g.20gb@0']
const machine = (count: number): MigState => stateOf([{ key: 'a100-40gb', instances: full, count }])

const draw = (state: MigState, columns = 2): XmlElement =>
  parseXml(renderMachineSvg(state, { columns }))

const findText = (root: XmlElement, text: string): SvgText => {
  const found = textsOf(root).filter((each) => each.text === text)
  expect(found, text).toHaveLength(1)
  return found[0] as SvgText
}

/** The parts of GPUs, and the lowest point that any of them reaches. */
function partsOf(root: XmlElement) {
  const parts = boxesOf(root).filter(({ element }) => !hasClass(element, 'canvas'))
  return { parts, bottom: Math.max(...parts.map(({ top, height }) => top + height)) }
}

describe('the GPUs of a picture', () => {
  test('the GPUs of a picture stand in rows of equal distance, side by side, without touching', () => {
    const root = draw(machine(5))
    const at = (index: number): SvgText => findText(root, `GPU ${index}`)
    const across = at(1).x - at(0).x
    const down = at(2).y - at(0).y
    for (const index of [0, 1, 2, 3, 4]) {
      expect(at(index).x - at(0).x).toBeCloseTo((index % 2) * across)
      expect(at(index).y - at(0).y).toBeCloseTo(Math.floor(index / 2) * down)
    }
    // A GPU alone says how large one is; its boxes end where the page ends, less the margin.
    const { parts } = partsOf(draw(machine(1)))
    const left = Math.min(...parts.map((box) => box.left))
    const width = Math.max(...parts.map((box) => box.left + box.width)) - left
    expect(across).toBeGreaterThan(width)
    expect(across).toBeLessThan(1.2 * width)
  })

  test.each([
    [1, 2],
    [2, 2],
    [3, 2],
    [5, 4],
    [7, 3],
  ])(
    'a picture of %i GPUs in rows of %i has the same margin at all four sides',
    (count, columns) => {
      const root = draw(machine(count), columns)
      const { parts } = partsOf(root)
      const left = Math.min(...parts.map((box) => box.left))
      const right =
        Number(root.attributes['width']) - Math.max(...parts.map((box) => box.left + box.width))
      expect(right).toBeCloseTo(left)
      const first = findText(root, 'GPU 0')
      // Below the last line, the legend: its letters end at the baseline.
      const last = Math.max(...textsOf(root).map(({ y }) => y))
      const below = Number(root.attributes['height']) - last
      expect(below).toBeGreaterThan(0)
      expect(Math.abs(below - first.y)).toBeLessThan(20)
    },
  )

  test('a picture without a legend ends one margin below its last GPU', () => {
    const root = draw(stateOf([{ key: 'none' }]))
    const { parts, bottom } = partsOf(root)
    const left = Math.min(...parts.map((box) => box.left))
    expect(Number(root.attributes['height']) - bottom).toBeCloseTo(left)
  })
})

describe('the words of a picture', () => {
  test('the legend of a picture stands below all GPUs and explains what the picture has, and nothing else', () => {
    const root = draw(machine(3))
    const legend = textsOf(root).filter(({ element }) => hasClass(element, 'small'))
    expect(legend.map(({ text }) => text).join(' ')).toBe('memory above, compute below')
    for (const { y } of legend) expect(y).toBeGreaterThan(partsOf(root).bottom)
  })

  test('a picture of whole GPUs has no legend', () => {
    const root = draw(stateOf([{ key: 'none' }, { key: 'a100-40gb' }]))
    expect(textsOf(root).filter(({ element }) => hasClass(element, 'small'))).toEqual([])
  })

  test('a legend that is longer than the picture is wide goes on in the next line', () => {
    const state = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0', '1g.5gb@4:'] }])
    const root = draw(state)
    const lines = textsOf(root).filter(({ element }) => hasClass(element, 'small'))
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.map(({ text }) => text).join('  ·  ')).toBe(
      'memory above, compute below  ·  dotted: free  ·  crossed: unusable  ·  (…): no compute instance',
    )
    const page = Number(root.attributes['width'])
    for (const [row, { text, x, y }] of lines.entries()) {
      expect(x + text.length * 0.602 * 12).toBeLessThan(page)
      expect(y - (lines[row - 1]?.y ?? 0)).toBeGreaterThanOrEqual(12)
    }
    expect(lines.at(-1)?.y).toBeLessThan(Number(root.attributes['height']))
  })

  test.each([10, 25, 33, 34, 35, 36, 40, 60])(
    'in a picture, a GPU name of %i letters ends before the mode',
    (letters) => {
      const [gpu] = machine(1).gpus
      const name = 'N'.repeat(letters)
      const root = draw({ ...machine(1), gpus: gpu === undefined ? [] : [{ ...gpu, name }] })
      const shown = textsOf(root).find(({ text }) => text.startsWith('NN'))
      const mode = findText(root, 'MIG on')
      const room = 0.602 * 13
      expect(shown?.x).toBeGreaterThan(findText(root, 'GPU 0').x + 5 * room)
      const end = (shown?.x ?? 0) + (shown?.text.length ?? 0) * room
      // With a letter's width between them.
      expect(end).toBeLessThan(mode.x - 7 * room)
      // As much of it as there is room for.
      if (shown?.text !== name) expect(end).toBeGreaterThan(mode.x - 6 * room - 40)
    },
  )

  test('in a picture, only compute instances that exist are called so', () => {
    const state = stateOf([
      { key: 'a100-40gb', instances: ['3g.20gb@0:2c', '2g.10gb@4:', '1g.5gb@6'] },
    ])
    const titles = descendants(draw(state))
      .filter((element) => hasClass(element, 'compute-instance'))
      .map(({ children }) => children[0]?.text.replace(/ MIG-.*/, ''))
    expect(titles.toSorted()).toEqual(['compute instance: 1g.5gb', 'compute instance: 2c.3g.20gb'])
  })

  test('in a picture, the index of a GPU is bold, and its name is not', () => {
    const root = draw(machine(1))
    const style = textOfStyle(root)
    const classOf = (text: string) => findText(root, text).element.attributes['class']?.split(' ')
    const isBold = (text: string) =>
      (classOf(text) ?? []).some((name) => new RegExp(`\\.${name}\\{font-weight:bold`).test(style))
    expect(isBold('GPU 0')).toBe(true)
    expect(isBold('NVIDIA A100-SXM4-40GB')).toBe(false)
    // Both need the colour of text on a page, which is another on a dark one.
    expect(classOf('GPU 0')).toContain('text')
    expect(classOf('NVIDIA A100-SXM4-40GB')).toContain('text')
  })

  test('in a picture, a GPU whose instances may not be listed shows its MIG devices in words', () => {
    const { gpus, ...rest } = machine(1)
    const [gpu] = gpus
    if (gpu === undefined) throw new Error('no GPU')
    const { geometry: _, ...seen } = gpu
    const device = { uuid: 'MIG-1', name: '3g.20gb' }
    const hidden = {
      ...seen,
      gpuInstances: null,
      migDevices: [device, { ...device, uuid: 'MIG-2' }],
      seesAllDevices: true,
    }
    const words = (state: object) =>
      textsOf(draw({ ...rest, gpus: [state] } as unknown as MigState)).map(({ text }) => text)
    expect(words(hidden)).toContain('2x 3g.20gb')
    expect(words(hidden)).toContain('places unknown without mig/config')
    expect(words({ ...hidden, seesAllDevices: false })).toContain(
      'others may be hidden, places unknown',
    )
    expect(words({ ...hidden, migDevices: [] })).toContain('0 MIG devices visible')
    expect(words({ ...hidden, migDevices: [device] })).toContain('3g.20gb')
  })
})

function textOfStyle(root: XmlElement): string {
  return root.children.find(({ name }) => name === 'style')?.text ?? ''
}
