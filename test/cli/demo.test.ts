import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { applyMigConfig } from '../../lib/index.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { runInProcess } from './run-in-process.js'

const screen = { textColumns: 80 }

describe('the demo on a terminal of 80 columns', () => {
  let out = ''
  let acts: readonly string[] = []
  beforeAll(async () => {
    const run = await runInProcess(['demo'], screen)
    expect(run).toMatchObject({ status: 0, err: '' })
    out = run.out
    acts = out.split(/^(?=\d\. )/m).slice(1)
  })

  test('the demo fits the width, and takes about sixty lines', () => {
    const lines = out.trimEnd().split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(lines.length).toBeGreaterThan(45)
    expect(lines.length).toBeLessThanOrEqual(64)
    // Each part can be seen at once.
    for (const act of acts) expect(act.trimEnd().split('\n').length).toBeLessThan(24)
    expect(acts).toHaveLength(7)
  })

  test('the demo draws eight equal GPUs once, with each instance by its name', () => {
    expect(acts[0]?.match(/^GPU .*/gm)).toEqual([expect.stringMatching(/^GPU 0–7 .*MIG on$/)])
    expect(acts[0]?.match(/\dg\.\d+gb/g)?.sort()).toEqual([
      ...['1g.5gb', '1g.5gb', '2g.10gb', '3g.20gb'],
    ])
  })

  test('the demo has a plan with what stays, goes and comes', () => {
    for (const mark of ['= keep', '- destroy', '+ create']) expect(acts[1]).toContain(mark)
  })

  test('the demo names the program that is in the way, and changes nothing then', () => {
    expect(acts[2]).toMatch(/^MIG_IN_USE: .*python3 \(pid 4711\)/m)
    expect(acts[2]).toMatch(/No GPU was touched: 0 driver calls/)
  })

  test('the demo says what would fit in place of a request that cannot', () => {
    const words = acts[3]?.replaceAll(/\s+/g, ' ')
    expect(words).toMatch(/^4.*MIG_PARTITION_INFEASIBLE: .*2 × 3g\.20gb; or .* would fit/)
  })

  test('the demo has a step that fails and an undo that brings every GPU back', () => {
    expect(acts[4]).toMatch(/^MIG_STEP_FAILED: GPU \d: could not create/m)
    expect(acts[4]).toContain('INSUFFICIENT_RESOURCES')
    expect(acts[4]).toMatch(/^Undone: [1-9]\d* steps on GPU /m)
    expect(acts[4]).toContain('Read again: every GPU has the instances that it had.')
    // It is the layout of the first act.
    expect(acts[5]?.match(/1g\.5gb/g)).toHaveLength(4)
  })

  test('the demo applies a configuration twice, and the second time changes nothing', () => {
    expect(acts[5]).toMatch(/^applied and verified in .*; 48 driver calls/m)
    expect(acts[6]).toMatch(/^unchanged in .*; 0 driver calls that change something$/m)
  })
})

/** The output without what depends on the speed of the computer. */
function timeless(text: string): string {
  return text.replaceAll(/\d+\.\d m?s\b/g, '…').replace(/ +$/gm, '')
}

test('the demo has the same lines with colours as without', async () => {
  const plain = await runInProcess(['demo'], screen)
  const colored = await runInProcess(['demo'], { ...screen, color: true })
  expect(colored.out).not.toBe(plain.out)
  expect(timeless(stripVTControlCharacters(colored.out))).toBe(timeless(plain.out))
})

test('the demo is ASCII where the terminal shows nothing else', async () => {
  const { out } = await runInProcess(['demo'], { ...screen, unicode: false })
  expect(out).toMatch(/^\p{ASCII}*$/u)
})

test('a signal stops the demo', async () => {
  const signal = AbortSignal.abort(new Error('stopped by SIGINT'))
  const { status, err } = await runInProcess(['demo'], { ...screen, signal })
  expect([status, err]).toEqual([1, expect.stringContaining('stopped by SIGINT')])
})

test('the configurations of the demo can be applied by hand', async () => {
  const file = new URL('../../examples/demo.yaml', import.meta.url)
  using machine = createSimulatedMachine('8x A100-SXM4-40GB')
  const { library } = machine
  const document = readFileSync(file, 'utf8')
  for (const config of ['balanced', 'small'])
    expect(await applyMigConfig(document, { config, library })).toMatchObject({
      outcome: 'applied',
    })
})
