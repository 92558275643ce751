// Measures pictures as a viewer draws them, not by their elements.
import { describe, expect, test } from 'vitest'
import { catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import { groupBy } from '../../../lib/model/group-by.js'
import { planMachine } from '../../../lib/plan/plan-machine.js'
import { renderMachineSvg } from '../../../lib/render/svg-machine.js'
import { renderPlanSvg } from '../../../lib/render/svg-plan.js'
import type { TargetGpuInstance } from '../../../types/machine/plan.js'
import type { MigState } from '../../../types/model/state.js'
import { placeableEntries } from '../../support/geometry.js'
import { machineOf, wantedOf } from '../../support/planning.js'
import { stateOf } from '../../support/state.js'
import { boxesOf, groupOf, type SvgBox } from '../../support/svg-boxes.js'
import { descendants, parseXml, type XmlElement } from '../../support/xml.js'

/** Neighbours leave at most this many pixels between them. */
const slackPx = 4

/** GPUs with every kind of part: used, bare, free, crossed out, lost, without MIG, pending. */
const everything: MigState = {
  ...stateOf([
    { key: 'a100-40gb', instances: ['3g.20gb@0:2c,1c', '1g.5gb@4', '1g.5gb@6'] },
    { key: 'a100-40gb', instances: ['3g.20gb@4:', '2g.10gb@2'] },
    { key: 'h100-80gb-sxm', instances: ['1g.20gb@0'] },
    { key: 'a30-24gb', instances: ['2g.12gb@2'] },
    { key: 'none' },
    { key: 'a100-40gb', migEnabled: false, pending: true },
  ]),
  lostGpus: [{ index: 6, uuid: null }],
}

/** One instance of each profile, at its last placement. */
const onePerModel: readonly (readonly [string, MigState, string])[] = placeableEntries.flatMap(
  ({ key, geometry }) => {
    const model = findCatalogModel(key)
    if (model === null || catalogGeometry(model) === null) return []
    const specs = geometry.profiles.map(({ name, placements }) => ({
      key,
      instances: [`${name}@${placements.at(-1)?.start}`],
    }))
    return [[key, stateOf(specs), String(unitsOf(key))] as const]
  },
)

function unitsOf(key: string): number {
  const entry = placeableEntries.find((each) => each.key === key)
  const ends = entry?.geometry.profiles.flatMap(({ placements }) =>
    placements.map(({ start, size }) => start + size),
  )
  return Math.max(...(ends ?? []))
}

function expectWhole(root: XmlElement): void {
  expect(root.attributes['xmlns']).toBe('http://www.w3.org/2000/svg')
  const width = Number(root.attributes['width'])
  const height = Number(root.attributes['height'])
  expect(width).toBeGreaterThan(0)
  expect(height).toBeGreaterThan(0)
  // A page in another size scales it and does not cut it.
  expect(root.attributes['viewBox']).toBe(`0 0 ${width} ${height}`)
  const boxes = boxesOf(root)
  expect(boxes.length).toBeGreaterThan(1)
  for (const box of boxes) {
    expect(box.width).toBeGreaterThan(0)
    expect(box.height).toBeGreaterThan(0)
    expect(box.left).toBeGreaterThanOrEqual(0)
    expect(box.top).toBeGreaterThanOrEqual(0)
    expect(box.left + box.width).toBeLessThanOrEqual(width)
    expect(box.top + box.height).toBeLessThanOrEqual(height)
  }
}

const right = ({ left, width }: SvgBox): number => left + width
const lowest = (boxes: readonly SvgBox[]): number => Math.min(...boxes.map(({ top }) => top))

/** The boxes of a picture without its canvas. */
function partsOf(svg: string): readonly SvgBox[] {
  return boxesOf(parseXml(svg)).filter(({ element }) => element.attributes['class'] !== 'canvas')
}

describe('a picture is a complete document', () => {
  test.each([1, 2, 3, 8])(
    'the picture of a machine in %i columns is a valid document with everything in view',
    (columns) => {
      expectWhole(parseXml(renderMachineSvg(everything, { columns })))
    },
  )

  test('the picture of a machine without GPUs is a valid document', () => {
    const root = parseXml(renderMachineSvg(stateOf([])))
    expect(root.attributes['xmlns']).toBe('http://www.w3.org/2000/svg')
    expect(root.attributes['viewBox']).toMatch(/^0 0 \d+ \d+$/)
  })

  test.each(onePerModel)(
    'the picture of every profile of %s is a valid document with everything in view',
    (_, state) => {
      expectWhole(parseXml(renderMachineSvg(state)))
    },
  )

  test('the picture of a plan is a valid document with everything in view', () => {
    const { before, plan } = planOf(
      ['1g.5gb@0', '3g.20gb@4'],
      [placed('4g.20gb', 0), placed('3g.20gb', 4)],
    )
    expectWhole(parseXml(renderPlanSvg(before, plan)))
  })
})

describe('an instance is drawn at its placement and in its size', () => {
  test.each(onePerModel)(
    'every profile of %s at its last placement has the right position and size',
    (_, state, units) => {
      for (const gpu of state.gpus) {
        const parts = partsOf(renderMachineSvg({ ...state, gpus: [gpu] }))
        const [from, to] = [
          Math.min(...parts.map(({ left }) => left)),
          Math.max(...parts.map(right)),
        ]
        const unit = (to - from + slackPx) / Number(units)
        const [instance] = gpu.gpuInstances ?? []
        const own = parts.filter((box) => groupOf(box, 'gpu-instance') !== undefined)
        const memory = own.filter(({ top }) => top === lowest(own))
        const { start, size } = instance?.placement ?? { start: -1, size: -1 }
        const drawn = [Math.min(...memory.map(({ left }) => left)), Math.max(...memory.map(right))]
        expect(Math.abs((drawn[0] ?? 0) - from - start * unit)).toBeLessThanOrEqual(slackPx)
        expect(Math.abs((drawn[1] ?? 0) - from - (start + size) * unit)).toBeLessThanOrEqual(
          slackPx,
        )
      }
    },
  )

  test('free and used parts fill both rows of a GPU from end to end', () => {
    const [gpu] = everything.gpus
    const parts = partsOf(renderMachineSvg({ ...everything, gpus: gpu ? [gpu] : [], lostGpus: [] }))
    const rows = groupBy(parts, ({ top }) => top)
    expect(rows.size).toBe(2)
    for (const row of rows.values()) {
      const sorted = row.toSorted((a, b) => a.left - b.left)
      for (const [n, box] of sorted.slice(1).entries()) {
        const gap = box.left - right(sorted[n] as SvgBox)
        expect(gap).toBeGreaterThan(0)
        expect(gap).toBeLessThan(slackPx)
      }
    }
  })

  test('a lost slice is crossed out from corner to corner of its box', () => {
    // A 3g.20gb has four units of the memory and three slices.
    const state = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0'] }])
    const all = descendants(parseXml(renderMachineSvg(state)))
    const crosses = all.filter(({ name }) => name === 'path')
    expect(crosses).toHaveLength(1)
    const numbers = (crosses[0]?.attributes['d'] ?? '').match(/-?[\d.]+/g)?.map(Number) ?? []
    const box = all.find(
      ({ name, attributes }) =>
        name === 'rect' &&
        Number(attributes['x']) === numbers[0] &&
        attributes['class'] === 'empty',
    )
    const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((attribute) =>
      Number(box?.attributes[attribute]),
    ) as [number, number, number, number]
    const corners = [x, y, x + width, y + height, x, y + height, x + width, y]
    expect(numbers.map((number, n) => Math.abs(number - (corners[n] ?? 0)) < 0.1)).toEqual(
      corners.map(() => true),
    )
  })
})

describe('a plan shows GPUs independently of the order in which it lists instances', () => {
  test('a plan shows compute instances side by side in order of placement', () => {
    const { before, plan } = planOf(
      [],
      [
        {
          ...placed('3g.20gb', 4),
          computeInstances: [
            { name: '1c.3g.20gb', sliceCount: 1, placement: { start: 2, size: 1 } },
            { name: '2c.3g.20gb', sliceCount: 2, placement: { start: 0, size: 2 } },
          ],
        },
        placed('1g.5gb', 3),
        placed('2g.10gb', 0),
      ],
    )
    const root = parseXml(renderPlanSvg(before, plan))
    const parts = boxesOf(root).flatMap((box) => {
      const group = groupOf(box, 'compute-instance')
      return group === undefined ? [] : [{ name: group.children[0]?.text ?? '', ...box }]
    })
    const inOrder = parts.toSorted((a, b) => a.left - b.left)
    expect(inOrder.map(({ name }) => name.replace('compute instance: ', ''))).toEqual([
      ...['2g.10gb', '1g.5gb', '2c.3g.20gb', '1c.3g.20gb'],
    ])
    const widths = inOrder.map(({ width }) => width)
    // Two slices are twice as wide as one.
    expect(widths[0]).toBeCloseTo(widths[2] ?? 0)
    expect(widths[1]).toBeCloseTo(widths[3] ?? 0)
    expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeGreaterThan(1.9)
    const description = descendants(root).find(({ name }) => name === 'desc')?.text ?? ''
    expect(description).toMatch(/2g\.10gb at 0:2; 1g\.5gb at 3:1; 3g\.20gb at 4:4/)
  })
})

/** A GPU instance of an A100 that one compute instance fills. */
function placed(name: string, start: number): TargetGpuInstance {
  const profile = stateOf([{ key: 'a100-40gb' }]).gpus[0]?.geometry?.profiles.find(
    (each) => each.name === name,
  )
  const placement = profile?.placements.find((place) => place.start === start)
  if (profile === undefined || placement === undefined) throw new Error(`no ${name} at ${start}`)
  const { id: profileId, sliceCount } = profile
  const computeInstances = [{ name, sliceCount, placement: null }]
  return { profileId, profileName: name, placement, computeInstances }
}

function planOf(
  instances: readonly string[],
  placements: readonly TargetGpuInstance[],
): { readonly before: MigState; readonly plan: ReturnType<typeof planMachine> } {
  const before = stateOf([{ key: 'a100-40gb', instances, migEnabled: true }])
  const gpus = before.gpus.map((gpu) => wantedOf(gpu, { placements }))
  return { before, plan: planMachine(machineOf({ config: 'x', gpus })) }
}
