import { expect, test } from 'vitest'
import { applyMigConfig, renderPlanSvg } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { CompletedApply } from '../../../types/machine/report.js'
import { wantOnAll } from '../../support/wanted.js'
import { descendants, hasClass, parseXml } from '../../support/xml.js'

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
  expect(texts.filter((text) => text === '= 3g')).toHaveLength(2)
})

test('a plan as SVG shows a MIG mode that changes', async () => {
  const { titles, texts } = await drawPlan(null, { '7g.40gb': 1 })
  expect(titles).toEqual(['7g.40gb at 0:8, create'])
  expect(texts).toContain('MIG off')
  expect(texts).toContain('MIG on')
})

test('a plan of another machine is refused as SVG', async () => {
  const { report } = await drawPlan(null, { '7g.40gb': 1 })
  expect(() => renderPlanSvg({ ...report.before, gpus: [] }, report.plan)).toThrow(
    expect.objectContaining({ code: 'MIG_GPU_NOT_FOUND' }),
  )
})
