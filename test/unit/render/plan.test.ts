import { expect, test } from 'vitest'
import { applyMigConfig, renderMachine, renderPlan } from '../../../lib/index.js'
import { planMachine } from '../../../lib/plan/plan-machine.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { CompletedApply } from '../../../types/machine/report.js'
import { machineOf, plan as planOf, wantedOf, wanting } from '../../support/planning.js'

import { stateOf } from '../../support/state.js'
import { wantOnAll } from '../../support/wanted.js'

/** A dry run of `wanted` over `present`. */
async function planOver(
  machineText: string,
  present: Readonly<Record<string, number>> | null,
  wanted: Readonly<Record<string, number>>,
): Promise<CompletedApply> {
  using machine = createSimulatedMachine(machineText)
  const { library } = machine
  if (present !== null) await applyMigConfig(wantOnAll(present), { library })
  return await applyMigConfig(wantOnAll(wanted), { library, dryRun: true })
}

const balanced = { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }

test('a plan shows destroyed instances on the left, created ones on the right, kept ones on both sides', async () => {
  const { before, plan } = await planOver('A100-SXM4-40GB', { '1g.5gb': 7 }, balanced)
  expect(renderPlan(before, plan, { columns: 120 })).toBe(
    `
GPU 0  NVIDIA A100-SXM4-40GB                       MIG on  GPU 0  after                                       MIG on
┌──────┬──────┬──────┬──────┬──────┬──────┬──────┬──────┐  ┌──────┬──────┬─────────────┬───────────────────────────┐
│1g.5gb│1g.5gb│1g.5gb│1g.5gb│1g.5gb│1g.5gb│1g.5gb│  ×   │  │1g.5gb│1g.5gb│   2g.10gb   │          3g.20gb          │
├──────┼──────┼──────┼──────┼──────┼──────┼──────┼──────┘  ├──────┼──────┼─────────────┼────────────────────┬──────┘
│  =   │  =   │  −   │  −   │  −   │  −   │  −   │         │  =   │  =   │      +      │         +          │
└──────┴──────┴──────┴──────┴──────┴──────┴──────┘         └──────┴──────┴─────────────┴────────────────────┘

memory above, compute below   = stays   − goes   + comes   × unusable`.trim(),
  )
})

test('the GPU after the plan stands below in a narrow terminal', async () => {
  const { before, plan } = await planOver('A100-SXM4-40GB', null, { '7g.40gb': 1 })
  const lines = renderPlan(before, plan, { columns: 80 }).split('\n')
  expect(lines.filter((line) => line.startsWith('GPU 0'))).toEqual([
    expect.stringMatching(/A100.* MIG off$/),
    expect.stringMatching(/after .* MIG on$/),
  ])
})

test('a sign and a size lose the space between them before they are cut', async () => {
  const { before, plan } = await planOver('A100-SXM4-40GB', { '1c.3g.20gb': 2 }, { '2g.10gb': 3 })
  // Six characters for a unit with its border.
  expect(renderPlan(before, plan, { columns: 49 })).toContain('│−(1c)│')
})

test('a change inside an instance that stays has its own sign', async () => {
  const { before, plan } = await planOver(
    'A30',
    { '2g.12gb': 2 },
    { '2g.12gb': 1, '1c.2g.12gb': 2 },
  )
  const text = renderPlan(before, plan)
  expect(text.match(/~ 2g\.12gb/g)).toHaveLength(2)
  expect(text.match(/ {2}2g\.12gb/g)).toHaveLength(2)
  expect(text.match(/− 2g/g)).toHaveLength(1)
  expect(text.match(/\+ 1c/g)).toHaveLength(2)
  expect(text.match(/│ += +│/g)).toHaveLength(2)
  expect(text).toContain('= stays   ~ stays, changed inside   − goes   + comes')
})

test('the name of an instance that changes inside stays whole in a narrow box', () => {
  const sevenths = [0, 1, 2, 3, 4, 5, 6].map((start) => `1g.5gb@${start}`)
  const [full] = stateOf([{ key: 'a100-40gb', instances: sevenths }]).gpus
  // The first has no compute instance.
  const before = stateOf([{ key: 'a100-40gb', instances: ['1g.5gb@0:', ...sevenths.slice(1)] }])
  const placements = (full?.gpuInstances ?? []).map(({ computeInstances, ...instance }) => ({
    ...instance,
    computeInstances: computeInstances.map((part) => ({ ...part, placement: null })),
  }))
  const gpus = before.gpus.map((gpu) => wantedOf(gpu, { placements }))
  const plan = planMachine(machineOf({ config: 'x', gpus }))
  const lines = renderPlan(before, plan, { columns: 80 }).split('\n')
  expect(lines.filter((line) => line.startsWith('│  ~   │'))).toHaveLength(2)
  expect(lines.filter((line) => line.startsWith('│1g.5gb│'))).toHaveLength(2)
  expect(lines.filter((line) => line.startsWith('│ + 1g │  =   │'))).toHaveLength(1)
})

test('a folded plan shows GPUs with equal changes once', async () => {
  const { before, plan } = await planOver('8x A100-SXM4-40GB, A30', null, {})
  const text = renderPlan(before, plan, { fold: true })
  expect(text.match(/^GPU .*$/gm)).toHaveLength(2)
  expect(text).toMatch(/^GPU 0–7 .*GPU 0–7 {2}after/m)
  expect(text).toMatch(/^GPU 8 /m)
})

test('a plan without Unicode is ASCII only', async () => {
  const { before, plan } = await planOver('A100-SXM4-40GB', { '1g.5gb': 7 }, balanced)
  expect(renderPlan(before, plan, { unicode: false })).toMatch(/^\p{ASCII}*$/u)
  expect(renderPlan(before, plan, { unicode: false })).toContain('- goes')
})

test('a plan of another machine is refused', async () => {
  const { before, plan } = await planOver('A30', null, { '4g.24gb': 1 })
  expect(() => renderPlan({ ...before, gpus: [] }, plan)).toThrow(
    expect.objectContaining({ code: 'MIG_GPU_NOT_FOUND' }),
  )
})

test('a plan shows a lost GPU among the others', () => {
  const state = { driverVersion: '580.65.06', gpus: [], lostGpus: [{ index: 3, uuid: null }] }
  expect(renderMachine(state)).toMatch(/^GPU 3 .* lost\n[\s\S]*fallen off the bus/)
})

test('no line of a plan or its legend is wider than the terminal', async () => {
  const { before, plan } = await planOver('A100-SXM4-40GB', { '3g.20gb': 1 }, { '1c.3g.20gb': 2 })
  for (const columns of [60, 80, 100, 200]) {
    const lines = [renderPlan(before, plan, { columns }), renderMachine(before, { columns })]
      .join('\n')
      .split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    expect(lines.join(' ')).toMatch(/\(…\) no compute instance/)
  }
})

test('in a plan, a bare instance that gets its compute instance is changed inside', () => {
  const before = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0:', '3g.20gb@4'] }])
  const plan = planOf(...before.gpus.map((gpu) => wanting(gpu, { '3g.20gb': 2 })))
  const text = renderPlan(before, plan)
  expect(text.match(/~ 3g\.20gb/g)).toHaveLength(2)
  expect(text.match(/ {2}3g\.20gb/g)).toHaveLength(2)
  expect(text).toContain('~ (3c)')
  expect(text).toContain('+ 3g')
})

test('a plan shows each GPU by itself, unless it is to be folded', () => {
  const before = stateOf([{ key: 'a100-40gb', instances: ['1g.5gb@0'], count: 2 }])
  const plan = planOf(...before.gpus.map((gpu) => wanting(gpu, { '3g.20gb': 1 })))
  const titles = (text: string) => text.match(/^GPU [\d–, ]+/gm)?.map((each) => each.trim())
  // Before and after, one below the other.
  expect(titles(renderPlan(before, plan, { columns: 60 }))).toEqual([
    'GPU 0',
    'GPU 0',
    'GPU 1',
    'GPU 1',
  ])
  expect(titles(renderPlan(before, plan, { columns: 60, fold: true }))).toEqual([
    'GPU 0, 1',
    'GPU 0, 1',
  ])
})

test('a plan shows compute instances whose places the driver chooses, in their order', () => {
  const before = stateOf([{ key: 'a100-40gb', instances: [] }])
  const [gpu] = before.gpus
  const profile = gpu?.geometry?.profiles.find(({ name }) => name === '3g.20gb')
  if (gpu === undefined || profile === undefined) throw new Error('no profile')
  const part = (sliceCount: number) => ({
    name: `${sliceCount}c.3g.20gb`,
    sliceCount,
    placement: null,
  })
  const plan = planOf(
    wantedOf(gpu, {
      placements: [
        {
          profileId: profile.id,
          profileName: '3g.20gb',
          placement: { start: 0, size: 4 },
          computeInstances: [part(1), part(2)],
        },
      ],
    }),
  )
  expect(renderPlan(before, plan, { columns: 60 })).toMatch(/\+ ?1c.*\+ ?2c/)
})
