import { describe, expect, test } from 'vitest'
import { renderMachineSvg } from '../../../lib/render/svg-machine.js'
import { stateOf } from '../../support/state.js'
import { boxesOf, groupOf } from '../../support/svg-boxes.js'
import { descendants, hasClass, parseXml } from '../../support/xml.js'

/** All rules, those of a light page, and those that a dark page has instead. */
function readStyle(): { readonly style: string; readonly light: string; readonly dark: string } {
  const all = descendants(parseXml(renderMachineSvg(stateOf([{ key: 'a100-40gb' }]))))
  const style = all.find(({ name }) => name === 'style')?.text ?? ''
  const [light = '', dark = ''] = style.split('@media (prefers-color-scheme:dark)')
  return { style, light, dark }
}

function colorOf(rules: string, selector: string, property = 'fill'): string {
  const escaped = selector.replaceAll('.', '\\.')
  const rule = `\\.mig-nvml ${escaped}\\{[^}]*\\b${property}:(#[\\da-f]{6})`
  return new RegExp(rule).exec(rules)?.[1] ?? `no ${selector}`
}

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const luminance = (color: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(color.slice(at, at + 2), 16) / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (lighter + 0.05) / (darker + 0.05)
}

const sizes = ['s1', 's2', 's3', 's4', 's7']

describe('the colours of a picture', () => {
  test.each(sizes)('text on %s has enough contrast', (size) => {
    const { light } = readStyle()
    const ratio = contrast(colorOf(light, `.${size}`), colorOf(light, `.on.${size}`))
    expect(ratio).toBeGreaterThan(4.5)
  })

  test.each(['light', 'dark'] as const)(
    'everything else has enough contrast on a %s page',
    (page) => {
      const { [page]: rules } = readStyle()
      const canvas = colorOf(rules, '.canvas')
      for (const text of ['.text', '.faint'])
        for (const behind of [canvas, colorOf(rules, '.empty')])
          expect(contrast(colorOf(rules, text), behind)).toBeGreaterThan(4.5)
    },
  )

  test.each(['light', 'dark'] as const)(
    'a dashed border has a contrast of 3:1 to both of its sides on a %s page',
    (page) => {
      const { style, [page]: rules } = readStyle()
      const canvas = colorOf(rules, '.canvas')
      // A free part is dotted around a fill of its own; a part that goes or has no compute instance is hollow.
      for (const inside of [canvas, colorOf(rules, '.empty')])
        expect(contrast(colorOf(rules, '.empty', 'stroke'), inside)).toBeGreaterThanOrEqual(3)
      expect(style).toMatch(/\.hollow\{fill:none;[^}]*stroke-dasharray/)
      expect(contrast(colorOf(rules, '.hollow', 'stroke'), canvas)).toBeGreaterThanOrEqual(3)
      expect(contrast(colorOf(rules, '.line', 'stroke'), colorOf(rules, '.empty'))).toBeGreaterThan(
        3,
      )
    },
  )

  test('each size of instance has a colour of its own, and a bare one a frame that all sizes share', () => {
    const { style } = readStyle()
    const looksOf = (instance: string) => {
      const state = stateOf([{ key: 'a100-40gb', instances: [instance] }])
      const parts = boxesOf(parseXml(renderMachineSvg(state))).filter(
        (box) => groupOf(box, 'gpu-instance') !== undefined && !hasClass(box.element, 'empty'),
      )
      expect(parts).toHaveLength(2)
      // The later of two rules for one thing counts.
      const rulesFor = (property: string): Set<string | undefined> =>
        new Set(
          parts.map(({ element }) =>
            [...style.matchAll(/\.mig-nvml \.([a-z\d]+)\{([^}]*)\}/g)]
              .filter(([, name]) => hasClass(element, name ?? ''))
              .flatMap(([, , rule]) => rule?.split(';') ?? [])
              .findLast((each) => each.startsWith(`${property}:`)),
          ),
        )
      return { fill: rulesFor('fill'), frame: rulesFor('stroke') }
    }
    const instances = ['1g.5gb@0', '2g.10gb@0', '3g.20gb@0', '4g.20gb@0', '7g.40gb@0']
    const used = instances.map((instance) => looksOf(instance))
    const bare = instances.map((instance) => looksOf(`${instance}:`))
    // Memory and slices of an instance have the same colour.
    for (const { fill } of used) expect(fill.size).toBe(1)
    expect(new Set(used.flatMap(({ fill }) => [...fill])).size).toBe(5)
    for (const { fill, frame } of bare) {
      expect([...fill]).toEqual(['fill:none'])
      expect(frame).toEqual(bare[0]?.frame)
    }
  })

  test('the style rules of a picture apply to this picture alone', () => {
    for (const selector of readStyle().style.matchAll(/(?:^|[{}\n])\s*([^@{}\n]+)\{/g))
      expect(selector[1]).toMatch(/^\.mig-nvml \S/)
  })

  test('every class of a text or a shape has a rule that says something', () => {
    const svg = renderMachineSvg(
      stateOf([
        { key: 'a100-40gb', instances: ['3g.20gb@0:2c', '1g.5gb@4'] },
        { key: 'a100-40gb', instances: ['4g.20gb@0', '2g.10gb@4:'] },
        { key: 'a100-40gb', instances: ['7g.40gb@0'] },
        { key: 'none' },
      ]),
    )
    const { style } = readStyle()
    const shapes = descendants(parseXml(svg)).filter(({ name }) =>
      ['text', 'rect', 'path'].includes(name),
    )
    const classes = shapes.flatMap(({ attributes }) => (attributes['class'] ?? '').split(' '))
    expect(classes).not.toContain('')
    // `on` only says which rule of a colour a text takes.
    for (const each of new Set(classes.filter((name) => name !== 'on')))
      expect(style, each).toMatch(new RegExp(`\\.mig-nvml \\.${each}\\{[a-z-]+:[^}]+\\}`))
  })
})
