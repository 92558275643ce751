import { describe, expect, test } from 'vitest'
import { renderMachineSvg } from '../../../lib/render/svg-machine.js'
import { stateOf } from '../../support/state.js'
import { descendants, parseXml } from '../../support/xml.js'

const style =
  descendants(parseXml(renderMachineSvg(stateOf([{ key: 'a100-40gb' }])))).find(
    ({ name }) => name === 'style',
  )?.text ?? ''
const [lightRules = '', darkRules = ''] = style.split('@media (prefers-color-scheme:dark)')

function colorOf(rules: string, selector: string, property = 'fill'): string {
  const escaped = selector.replaceAll('.', '\\.')
  const rule = new RegExp(`\\.mig-nvml ${escaped}\\{([^}]*)\\}`).exec(rules)?.[1] ?? ''
  return new RegExp(`${property}:(#[\\da-f]{6})`).exec(rule)?.[1] ?? `no ${selector}`
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
    const ratio = contrast(colorOf(lightRules, `.${size}`), colorOf(lightRules, `.on.${size}`))
    expect(ratio).toBeGreaterThan(4.5)
  })

  test.each([
    ['light', lightRules],
    ['dark', darkRules],
  ])('everything else has enough contrast on a %s page', (_, rules) => {
    const canvas = colorOf(rules, '.canvas')
    for (const text of ['.text', '.faint'])
      for (const behind of [canvas, colorOf(rules, '.empty')])
        expect(contrast(colorOf(rules, text), behind)).toBeGreaterThan(4.5)
    expect(contrast(colorOf(rules, '.empty', 'stroke'), canvas)).toBeGreaterThan(3)
    // Only a frame marks a destroyed instance.
    for (const size of ['s3'])
      expect(contrast(colorOf(lightRules, `.${size}`), canvas)).toBeGreaterThan(3)
  })

  test('the style rules of a picture apply to this picture alone', () => {
    for (const selector of style.matchAll(/(?:^|[{}\n])\s*([^@{}\n]+)\{/g))
      expect(selector[1]).toMatch(/^\.mig-nvml /)
  })
})
