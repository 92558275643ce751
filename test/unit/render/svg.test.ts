import { describe, expect, test } from 'vitest'
import { catalogGeometry, listCatalogGpus } from '../../../lib/model/catalog.js'
import { renderMachine } from '../../../lib/render/machine.js'
import { renderMachineSvg } from '../../../lib/render/svg-machine.js'
import { listMaximalLayouts } from '../../../lib/solver.js'
import type { ListedMigState } from '../../../types/model/state.js'
import { stateOf } from '../../support/state.js'
import { descendants, hasClass, parseXml, type XmlElement } from '../../support/xml.js'

const balanced = ['1g.5gb@0', '1g.5gb@1', '2g.10gb@2', '3g.20gb@4:2c,1c']

/** Many full layouts of every kind of GPU. */
const machines: readonly (readonly [string, ListedMigState])[] = listCatalogGpus().flatMap(
  (gpu) => {
    const geometry = catalogGeometry(gpu)
    if (geometry === null) return []
    const layouts = [...listMaximalLayouts(geometry)]
    const some = layouts.filter((_, index) => index % Math.ceil(layouts.length / 8) === 0)
    const specs = some.map((layout) => ({
      key: gpu.key,
      instances: layout.map(({ profileId, placement }) => {
        const profile = geometry.profiles.find(({ id }) => id === profileId)
        return `${profile?.name}@${placement.start}`
      }),
    }))
    return [[gpu.key, stateOf(specs)] as const]
  },
)

const elements = (svg: string): readonly XmlElement[] => descendants(parseXml(svg))
const ofClass = (all: readonly XmlElement[], name: string): readonly XmlElement[] =>
  all.filter((element) => hasClass(element, name))
const number = (element: XmlElement, attribute: string): number =>
  Number(element.attributes[attribute])

describe('a machine', () => {
  test.each(machines)(
    'the picture of %s shows every instance once, with no text beyond its box',
    (_, state) => {
      const all = elements(renderMachineSvg(state))
      const instances = ofClass(all, 'gpu-instance')
      expect(instances.map((group) => group.children[0]?.text).sort()).toEqual(
        state.gpus
          .flatMap(({ gpuInstances }) => gpuInstances)
          .map(
            ({ id, profileName, placement: { start, size } }) =>
              `GPU instance ${id}: ${profileName} at ${start}:${size}`,
          )
          .sort(),
      )
      const parts = state.gpus.flatMap(({ gpuInstances }) =>
        gpuInstances.flatMap(({ computeInstances }) => computeInstances),
      )
      expect(ofClass(all, 'compute-instance')).toHaveLength(parts.length)
      for (const group of instances) expectTextInBoxes(group)
      // The whole name of each, once.
      expect(instances.map(nameIn).sort()).toEqual(
        state.gpus
          .flatMap(({ gpuInstances }) => gpuInstances)
          .map(({ profileName }) => profileName)
          .sort(),
      )
    },
  )

  test.each(machines)(
    'the picture of %s in a terminal of 80 columns has the whole name of every instance in its box',
    (_, state) => {
      for (const gpu of state.gpus) {
        const lines = renderMachine({ ...state, gpus: [gpu] }, { columns: 80 }).split('\n')
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
        const [, border = ''] = lines
        const ends = (gpu.geometry?.profiles ?? []).flatMap(({ placements }) =>
          placements.map(({ start, size }) => start + size),
        )
        const unit = (border.length - 1) / Math.max(...ends)
        const memory = lines.slice(
          2,
          lines.findIndex((line) => line.startsWith('├')),
        )
        for (const { profileName, placement } of gpu.gpuInstances) {
          const { start, size } = placement
          const parts = memory.map((line) => line.slice(start * unit, (start + size) * unit + 1))
          for (const part of parts) expect(part).toMatch(/^│[^│]*│$/)
          expect(parts.map((part) => part.slice(1, -1).trim()).join('')).toBe(profileName)
        }
      }
    },
  )

  test.each(machines)('the picture of %s has no overlapping boxes', (_, state) => {
    for (const gpu of state.gpus) {
      const all = elements(renderMachineSvg({ ...state, gpus: [gpu] }))
      const boxes = all.filter((each) => each.name === 'rect' && !hasClass(each, 'canvas'))
      for (const [index, box] of boxes.entries())
        for (const other of boxes.slice(index + 1)) expect(overlap(box, other)).toBe(false)
    }
  })

  test('a picture marks free, bare and lost parts, GPUs without MIG, and pending modes', () => {
    const state = stateOf([
      { key: 'a100-40gb', instances: ['3g.20gb@0:', '1g.5gb@4'] },
      { key: 'none' },
      { key: 'a100-40gb', migEnabled: false, pending: true },
    ])
    const svg = renderMachineSvg({ ...state, lostGpus: [{ index: 3, uuid: null }] })
    const texts = elements(svg).map(({ text }) => text)
    expect(texts).toContain('(3c)')
    expect(texts).toContain('MIG off, on after reset')
    expect(texts.some((text) => text.includes('cannot do MIG'))).toBe(true)
    expect(texts).toContain('it has fallen off the bus')
    expect(texts.some((text) => text.includes('dotted: free'))).toBe(true)
    // Units 5, 6, 7 of the memory, slices 5 and 6; the slice beside unit 3 is lost to the 3g.
    expect(ofClass(elements(svg), 'free')).toHaveLength(5)
    expect(elements(svg).filter(({ name }) => name === 'path')).toHaveLength(1)
  })

  test('a picture crosses out the eighth memory unit beside seven 1g.5gb, which no profile can use', () => {
    const instances = [0, 1, 2, 3, 4, 5, 6].map((start) => `1g.5gb@${start}`)
    const all = elements(renderMachineSvg(stateOf([{ key: 'a100-40gb', instances }])))
    const [crossed] = all.filter(({ name }) => name === 'path')
    expect(crossed?.attributes['d']).toMatch(/^M463\.5 /)
    expect(ofClass(all, 'free')).toHaveLength(0)
    expect(all.map(({ text }) => text)).toContain(
      'memory above, compute below  ·  crossed: unusable',
    )
  })

  test('a folded picture shows equal GPUs once, with what they have in common', () => {
    const state = stateOf([
      { key: 'a100-40gb', instances: balanced, count: 3 },
      { key: 'a100-40gb', count: 2 },
    ])
    const all = elements(renderMachineSvg(state, { fold: true }))
    const texts = all.map(({ text }) => text)
    expect(texts.filter((text) => text.startsWith('GPU'))).toEqual(
      expect.arrayContaining(['GPU 0–2', 'GPU 3, 4']),
    )
    expect(texts).toContain('MIG layout of 5 GPUs')
    expect(all.find(({ name }) => name === 'desc')?.text).toMatch(/GPU 0-2, .*GPU 3, 4, .*MIG off/)
    const titles = all.filter(({ name }) => name === 'title').map(({ text }) => text)
    expect(titles).toContain('3g.20gb at 4:4')
    expect(titles.join()).not.toMatch(/GPU instance|MIG-/)
    expect(
      elements(renderMachineSvg(state)).filter(({ text }) => /^GPU \d$/.test(text)),
    ).toHaveLength(5)
  })

  test('pictures call the memory of a whole GPU and of its profiles by one unit', () => {
    const state = stateOf([{ key: 'a100-40gb' }, { key: 'a100-40gb', instances: ['7g.40gb@0'] }])
    for (const picture of [renderMachineSvg(state), renderMachine(state)]) {
      expect(picture).toContain('whole GPU, 40 GB')
      expect(picture).not.toMatch(/GiB|MiB/)
    }
  })

  test('a screen reader finds one picture with a name and a description', () => {
    const state = stateOf([{ key: 'a100-40gb', instances: balanced }])
    const root = parseXml(renderMachineSvg(state, { title: 'Node "7" & <others>' }))
    expect(root).toMatchObject({
      name: 'svg',
      attributes: { role: 'img', 'aria-label': 'Node "7" & <others>' },
    })
    const [title, description] = root.children
    expect(title).toMatchObject({ name: 'title', text: 'Node "7" & <others>' })
    expect(description?.name).toBe('desc')
    for (const part of ['1g.5gb at 0:1', '3g.20gb at 4:4 with 2c.3g.20gb, 1c.3g.20gb'])
      expect(description?.text).toContain(part)
    expect(descendants(root).some(({ attributes }) => 'id' in attributes)).toBe(false)
  })

  test('names of GPUs with any characters are escaped', () => {
    const state = stateOf([{ key: 'a100-40gb', instances: balanced }])
    const [gpu] = state.gpus
    if (gpu === undefined) throw new Error('no GPU')
    const name = `A&B <100> "x" \u0000\uD800${'long '.repeat(40)}`
    const all = elements(renderMachineSvg({ ...state, gpus: [{ ...gpu, name }] }))
    const shown = all.find(({ name: tag, text }) => tag === 'text' && text.startsWith('A&B <100>'))
    expect(shown?.text).toMatch(/…$/)
  })

  test('a picture has as many GPUs in a row as `columns` says', () => {
    const state = stateOf([{ key: 'a100-40gb', count: 4 }])
    const widthWith = (columns: number): number =>
      number(parseXml(renderMachineSvg(state, { columns })), 'width')
    expect(widthWith(4)).toBeGreaterThan(widthWith(2) * 1.9)
    expect(() => renderMachineSvg(state, { columns: 0 })).toThrow(TypeError)
  })

  test('the SVG picture of a machine without GPUs is valid', () => {
    expect(parseXml(renderMachineSvg(stateOf([]))).name).toBe('svg')
  })
})

/** What is written in the boxes of an instance that no split compute instance has. */
function nameIn(group: XmlElement): string {
  return group.children
    .filter(({ name, text }) => name === 'text' && !/^\(?\d+c\)?$/.test(text))
    .map(({ text }) => text)
    .join('')
}

/** Letters of the wide fonts among those asked for, such as DejaVu Sans Mono, are 0.602 em wide. */
function expectTextInBoxes(group: XmlElement): void {
  for (const holder of descendants(group)) {
    const boxes = holder.children.filter(({ name }) => name === 'rect')
    for (const label of holder.children.filter(({ name }) => name === 'text')) {
      const half = (label.text.length * 0.602 * 13) / 2
      const [x, y] = [number(label, 'x'), number(label, 'y')]
      const around = boxes.find(
        (box) =>
          number(box, 'x') <= x - half &&
          x + half <= number(box, 'x') + number(box, 'width') &&
          // Letters rise ten pixels above the line and fall three below it.
          number(box, 'y') <= y - 10 &&
          y + 3 <= number(box, 'y') + number(box, 'height'),
      )
      expect(around, label.text).toBeDefined()
    }
    const lines = holder.children.filter(({ name }) => name === 'text')
    for (const [index, line] of lines.slice(1).entries()) {
      const above = lines[index]
      if (above?.attributes['x'] !== line.attributes['x']) continue
      expect(number(line, 'y') - number(above ?? line, 'y')).toBeGreaterThanOrEqual(13)
    }
  }
}

function overlap(a: XmlElement, b: XmlElement): boolean {
  const [ax, ay, bx, by] = [number(a, 'x'), number(a, 'y'), number(b, 'x'), number(b, 'y')]
  return (
    ax < bx + number(b, 'width') &&
    bx < ax + number(a, 'width') &&
    ay < by + number(b, 'height') &&
    by < ay + number(a, 'height')
  )
}
