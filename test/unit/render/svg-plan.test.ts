import { expect, test } from 'vitest'
import { applyMigConfig, renderPlanSvg } from '../../../lib/index.js'
import { type CatalogGpu, catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import { groupBy } from '../../../lib/model/group-by.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { CompletedApply } from '../../../types/machine/report.js'
import { placeableEntries } from '../../support/geometry.js'
import { plan as planOf, wantedOf } from '../../support/planning.js'
import { stateOf } from '../../support/state.js'
import { boxesOf, groupOf, placed, textsOf } from '../../support/svg-boxes.js'
import { wantOnAll } from '../../support/wanted.js'
import { descendants, hasClass, parseXml, type XmlElement } from '../../support/xml.js'

/** A dry run of `wanted` over `present`, and how its picture shows the GPU instances. */
async function drawPlan(
  present: Readonly<Record<string, number>> | null,
  wanted: Readonly<Record<string, number>>,
): Promise<{ report: CompletedApply; titles: readonly string[]; texts: readonly string[] }> {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  const { library } = machine
  if (present !== null) await applyMigConfig(wantOnAll(present), { library })
  const report = await applyMigConfig(wantOnAll(wanted), { library, dryRun: true })
  const all = descendants(parseXml(renderPlanSvg(report.before, report.plan)))
  return {
    report,
    titles: all
      .filter((element) => hasClass(element, 'gpu-instance'))
      .map(({ children }) => (children[0]?.text ?? '').replace(/^GPU instance \d+: /, '')),
    texts: all.map(({ text }) => text),
  }
}

test('a plan as SVG shows kept instances on both sides, destroyed ones on the left, created ones on the right', async () => {
  const { titles } = await drawPlan({ '1g.5gb': 7 }, { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })
  expect([...titles].sort()).toEqual([
    '1g.5gb at 0:1, keep',
    '1g.5gb at 0:1, keep',
    '1g.5gb at 1:1, keep',
    '1g.5gb at 1:1, keep',
    '1g.5gb at 2:1, destroy',
    '1g.5gb at 3:1, destroy',
    '1g.5gb at 4:1, destroy',
    '1g.5gb at 5:1, destroy',
    '1g.5gb at 6:1, destroy',
    '2g.10gb at 2:2, create',
    '3g.20gb at 4:4, create',
  ])
})

test('a plan as SVG shows compute instances that change inside a GPU instance that stays', async () => {
  const { titles, texts } = await drawPlan({ '3g.20gb': 2 }, { '3g.20gb': 1, '1c.3g.20gb': 2 })
  expect(titles.filter((title) => title.endsWith('keep'))).toHaveLength(2)
  expect(titles.filter((title) => title.endsWith('change'))).toHaveLength(2)
  expect(texts.filter((text) => text === '− 3g')).toHaveLength(1)
  expect(texts.filter((text) => text === '+ 1c')).toHaveLength(2)
  expect(texts.filter((text) => text === '~ 3g.20gb')).toHaveLength(2)
  expect(texts.filter((text) => text === '=')).toHaveLength(2)
})

test('a plan as SVG shows a MIG mode that changes', async () => {
  const { titles, texts } = await drawPlan(null, { '7g.40gb': 1 })
  expect(titles).toEqual(['7g.40gb at 0:8, create'])
  expect(texts).toContain('MIG off')
  expect(texts).toContain('MIG on')
})

test('in a plan as SVG, every sign and label fits into its box', () => {
  const before = stateOf(
    placeableEntries.flatMap(({ key, geometry }) =>
      catalogGeometry(findCatalogModel(key) as CatalogGpu) === null
        ? []
        : geometry.profiles.map(({ name, placements }) => ({
            key,
            instances: [`${name}@${placements[0]?.start}`],
          })),
    ),
  )
  // Everything goes, so each text is a sign, a name, or the attributes of one.
  const plan = planOf(...before.gpus.map((gpu) => wantedOf(gpu)))
  const root = parseXml(renderPlanSvg(before, plan))
  const boxes = boxesOf(root)
  const labels = textsOf(root).filter((text) => groupOf(text, 'gpu-instance') !== undefined)
  expect(labels.length).toBeGreaterThan(before.gpus.length)
  for (const { text, x, y } of labels) {
    expect(text).toMatch(/^(−|\d+g\.\d+gb([+-].+)?|[+-].+)$/)
    // Letters of the widest of the fonts are 0.602 em wide; the frame around the box takes two pixels.
    const half = (text.length * 0.602 * 13) / 2
    const around = boxes.filter(
      ({ left, top, width, height, element }) =>
        hasClass(element, 'hollow') && left < x && x < left + width && top < y && y < top + height,
    )
    expect(around).toHaveLength(1)
    const [box] = around
    expect(x - half, text).toBeGreaterThanOrEqual((box?.left ?? 0) + 2)
    expect(x + half, text).toBeLessThanOrEqual((box?.left ?? 0) + (box?.width ?? 0) - 2)
  }
})

test('in a plan as SVG, the arrow lies between the GPU before and after, and the headings above each', async () => {
  const { report } = await drawPlan({ '1g.5gb': 7 }, { '3g.20gb': 2 })
  const root = parseXml(renderPlanSvg(report.before, report.plan))
  const texts = textsOf(root)
  const heading = (text: string) => texts.find((each) => each.text.endsWith(text))
  const parts = boxesOf(root).filter((box) => groupOf(box, 'gpu-instance') !== undefined)
  const groups = groupBy(
    parts,
    (box) => /, (destroy|create)$/.exec(groupOf(box, 'gpu-instance')?.children[0]?.text ?? '')?.[1],
  )
  const old = groups.get('destroy') ?? []
  const made = groups.get('create') ?? []
  const startOfNew = Math.min(...made.map(({ left }) => left))
  // Free parts as well.
  const endOfOld = Math.max(
    ...boxesOf(root)
      .filter(({ element, left }) => !hasClass(element, 'canvas') && left < startOfNew)
      .map(({ left, width }) => left + width),
  )
  expect(startOfNew).toBeGreaterThan(endOfOld)
  expect(heading(': before')?.x).toBeLessThan(endOfOld)
  expect(heading('after')?.x).toBeGreaterThan(endOfOld)
  expect(Math.abs((heading('after')?.x ?? 0) - startOfNew)).toBeLessThan(5)
  for (const { top } of [...old, ...made]) expect(heading('after')?.y).toBeLessThan(top)
  const arrow = placed(root).find(({ element }) => 'stroke-width' in element.attributes)
  const points = [...(arrow?.element.attributes['d'] ?? '').matchAll(/[MLH]([\d.]+)/g)].map(
    ([, x]) => Number(x) + (arrow?.x ?? 0),
  )
  expect(points.length).toBeGreaterThan(3)
  for (const x of points) {
    expect(x).toBeGreaterThan(endOfOld)
    expect(x).toBeLessThan(startOfNew)
  }
  expect(arrow?.element.attributes['class']).toBe('line')
  const heights = [...(arrow?.element.attributes['d'] ?? '').matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(
    ([, y]) => Number(y) + (arrow?.y ?? 0),
  )
  for (const y of heights) {
    expect(y).toBeGreaterThan(Math.min(...old.map(({ top }) => top)))
    expect(y).toBeLessThan(Math.max(...old.map(({ top, height }) => top + height)))
  }
  // Its tip is its rightmost point, at half its height, and the barbs lie on both sides behind it.
  const corners = [
    ...(arrow?.element.attributes['d'] ?? '').matchAll(/L?M?([\d.]+) ([\d.]+)/g),
  ].map(([, x, y]) => ({ x: Number(x), y: Number(y) }))
  const [tail, above, tip, below] = corners
  if (!tail || !above || !tip || !below) throw new Error('an arrow has four corners')
  expect(tip.y).toBe(tail.y)
  expect(tip.x).toBe(Math.max(...points) - (arrow?.x ?? 0))
  expect(above.x).toBeLessThan(tip.x)
  expect(below.x).toBe(above.x)
  expect(tip.y - above.y).toBe(below.y - tip.y)
  expect(above.y).toBeLessThan(tip.y)
})

test('a plan as SVG has its legend below all GPUs, and ends one margin below the legend', async () => {
  const { report } = await drawPlan({ '1g.5gb': 7 }, { '3g.20gb': 2 })
  const root = parseXml(renderPlanSvg(report.before, report.plan))
  const legend = textsOf(root).filter(({ element }) => hasClass(element, 'small'))
  expect(legend.map(({ text }) => text).join(' ')).toContain('− goes')
  const parts = boxesOf(root).filter(({ element }) => !hasClass(element, 'canvas'))
  const bottom = Math.max(...parts.map(({ top, height }) => top + height))
  expect(Math.min(...legend.map(({ y }) => y))).toBeGreaterThan(bottom)
  const below = Number(root.attributes['height']) - Math.max(...legend.map(({ y }) => y))
  expect(below).toBeGreaterThan(0)
  expect(below).toBeLessThan(40)
  const left = Math.min(...parts.map((box) => box.left))
  const right = Math.max(...parts.map((box) => box.left + box.width))
  expect(Number(root.attributes['width']) - right).toBeCloseTo(left)
})

test('a plan as SVG has no text without a colour, which would be black on a dark page', async () => {
  const { report } = await drawPlan({ '1g.5gb': 2 }, { '1g.5gb': 1, '3g.20gb': 1 })
  const texts = textsOf(parseXml(renderPlanSvg(report.before, report.plan)))
  for (const { element, text } of texts)
    expect(
      ['text', 'faint', 'on'].some((name) => hasClass(element, name)),
      text,
    ).toBe(true)
})

test('a plan as SVG gives what comes a frame that what stays does not have', async () => {
  const { report } = await drawPlan({ '1g.5gb': 2 }, { '1g.5gb': 1, '3g.20gb': 1 })
  const root = parseXml(renderPlanSvg(report.before, report.plan))
  const parts = boxesOf(root).filter((box) => groupOf(box, 'gpu-instance') !== undefined)
  const shapesOf = (fate: string) =>
    parts
      .filter((box) => groupOf(box, 'gpu-instance')?.children[0]?.text.endsWith(fate))
      .filter(({ element }) => !hasClass(element, 'empty'))
      .map(({ element }) => ['new', 'hollow'].find((name) => hasClass(element, name)) ?? 'plain')
  expect(new Set(shapesOf('create'))).toEqual(new Set(['new']))
  expect(new Set(shapesOf('destroy'))).toEqual(new Set(['hollow']))
  expect(new Set(shapesOf('keep'))).toEqual(new Set(['plain']))
})

test('a plan of another machine is refused as SVG', async () => {
  const { report } = await drawPlan(null, { '7g.40gb': 1 })
  expect(() => renderPlanSvg({ ...report.before, gpus: [] }, report.plan)).toThrow(
    expect.objectContaining({ code: 'MIG_GPU_NOT_FOUND' }),
  )
})

test('a folded plan as SVG shows GPUs with equal changes once', async () => {
  using machine = createSimulatedMachine('8x A100-SXM4-40GB, A30')
  const { before, plan } = await applyMigConfig(wantOnAll({}), {
    library: machine.library,
    dryRun: true,
  })
  const headers = (svg: string): readonly string[] =>
    descendants(parseXml(svg))
      .filter(({ name, text }) => name === 'text' && /^GPU \d/.test(text))
      .map(({ text }) => text)
  expect(headers(renderPlanSvg(before, plan, { fold: true }))).toEqual([
    ...['GPU 0–7', 'GPU 0–7', 'GPU 8', 'GPU 8'],
  ])
  expect(headers(renderPlanSvg(before, plan))).toHaveLength(18)
})

test('the narrow boxes of a plan have room for whole names and signs', async () => {
  using machine = createSimulatedMachine('H100-80GB-SXM')
  const { library } = machine
  await applyMigConfig(wantOnAll({ '1g.10gb': 5, '1g.10gb+me': 1 }), { library })
  const wanted = wantOnAll({ '1g.10gb': 1, '1g.20gb': 2, '1c.2g.20gb': 1 })
  const { before, plan } = await applyMigConfig(wanted, { library, dryRun: true })
  const groups = descendants(parseXml(renderPlanSvg(before, plan))).filter((element) =>
    hasClass(element, 'gpu-instance'),
  )
  expect(groups).toHaveLength(6 + 4)
  for (const group of groups) {
    const [title] = group.children
    const [name = ''] = /[^ ]+(?= at )/.exec(title?.text ?? '') ?? []
    const memory = group.children.filter(isText).slice(0, name.includes('+') ? 2 : 1)
    expect(memory.map(({ text }) => text).join('')).toBe(name)
    for (const text of descendants(group).filter(isText)) expect(text.text).not.toContain('…')
  }
})

function isText({ name }: XmlElement): boolean {
  return name === 'text'
}
