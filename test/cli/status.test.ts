import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { configure } from '../support/configure.js'
import { runInProcess } from './run-in-process.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-status-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let machines = 0

/** Runs `status` on a new machine, after an apply if a document is given. */
async function statusOf(spec: string, document?: ReturnType<typeof configure>) {
  machines += 1
  const machine = ['--simulate', spec, '--store', join(folder, `machine-${machines}`)]
  if (document !== undefined) {
    const input = JSON.stringify(document)
    expect(await runInProcess(['apply', '-f', '-', ...machine], { input })).toMatchObject({
      status: 0,
    })
  }
  return runInProcess(['status', ...machine])
}

// The CUDA version of the branch 580 is 13.0. Source: CUDA release notes, "CUDA Driver".
test('status shows the version of the driver and that of CUDA', async () => {
  expect((await statusOf('A30')).out).toMatch(/^driver 580\.65\.06, CUDA 13\.0$/m)
})

test('status says what still fits in lines of at most 80 characters', async () => {
  const { out } = await statusOf('2x RTX PRO 6000 Blackwell Server Edition +mig')
  const [lines = ''] = /^GPU 0, 1: still fits(?:.*\n(?: {2}or .*\n)*)/m.exec(out) ?? []
  expect(lines.length).toBeGreaterThan(160)
  for (const line of lines.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test('status draws equal GPUs once, and lists the MIG devices of each', async () => {
  const halves = { '3g.20gb': 2 }
  const { out } = await statusOf('3x A100-SXM4-40GB', configure(halves, halves))
  expect(out.match(/NVIDIA A100-SXM4-40GB/g)).toHaveLength(2)
  expect(out.match(/^GPU [01] +3g\.20gb .*MIG-/gm)).toHaveLength(4)
})

// The numbers are those of the MIG User Guide for the A100: what fits beside a 3g.20gb and on an empty GPU.
test('status says how many of each profile still fit, in one line for equal GPUs', async () => {
  const document = configure({ '7g.40gb': 1 }, {}, {})
  const { out } = await statusOf('4x A100-SXM4-40GB', document)
  expect(out).toMatch(/^GPU 0: no other GPU instance fits$/m)
  // Lines that continue another one begin with two spaces.
  const [, fits = ''] =
    /^GPU 1, 2: still fits: (.*)$/m.exec(out.replaceAll('\n  or ', ' or ')) ?? []
  expect(fits.split(' or ').toSorted()).toEqual([
    '1x 1g.5gb+me',
    '1x 4g.20gb',
    '1x 7g.40gb',
    '2x 3g.20gb',
    '3x 2g.10gb',
    '4x 1g.10gb',
    '7x 1g.5gb',
  ])
  expect(out).not.toMatch(/^GPU .*3: .*fit/m)
})

test('status warns of GPUs with MIG on and no MIG device', async () => {
  const { status, err } = await statusOf('4x A100-SXM4-40GB', configure({ '7g.40gb': 1 }, {}, {}))
  expect(status).toBe(0)
  expect(err).toMatch(
    /^warning: GPU 1, 2: MIG is on and there is no MIG device, so no CUDA program can use these GPUs$/m,
  )
})

test('status does not warn where each GPU with MIG on has a MIG device', async () => {
  expect((await statusOf('2x A100-SXM4-40GB', configure({ '3g.20gb': 1 }))).err).toBe('')
})

test('status --gpu shows one GPU alone, by index, UUID or PCI address, as text and as JSON', async () => {
  const machine = ['--simulate', '2x A100-SXM4-40GB +mig, T4', '--store', join(folder, 'one')]
  const { gpus } = JSON.parse((await runInProcess(['status', '--json', ...machine])).out)
  const uuid = gpus[1].uuid as string
  for (const name of ['1', uuid, gpus[1].pciBusId as string]) {
    const json = await runInProcess(['status', '--json', '--gpu', name, ...machine])
    expect(JSON.parse(json.out).gpus).toEqual([gpus[1]])
    const { out, err } = await runInProcess(['status', '--gpu', name, ...machine])
    expect(out).toMatch(/^GPU 1: still fits: /m)
    expect(out).not.toMatch(/GPU 0|T4/)
    expect(err).toMatch(/^warning: GPU 1: MIG is on/)
  }
})

test('status --gpu of a lost GPU shows that it is lost', async () => {
  const machine = ['--simulate', '2x A100-SXM4-40GB', '--store', join(folder, 'lost')]
  expect((await runInProcess(['simulator', 'lose-gpu', '--gpu', '1', ...machine])).status).toBe(0)
  const { status, out } = await runInProcess(['status', '--gpu', '1', ...machine])
  expect(status).toBe(0)
  expect(out).toMatch(/^GPU 1 +lost/m)
})

test.each(['7', 'GPU-0', '', 'x'])(
  'status --gpu %j is an error that names the GPUs of the machine',
  async (name) => {
    const machine = ['--simulate', '2x A100-SXM4-40GB', '--store', join(folder, 'missing')]
    const { status, out, err } = await runInProcess(['status', `--gpu=${name}`, ...machine])
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toMatch(/MIG_GPU_NOT_FOUND: .*GPU 0, 1 \(NVIDIA A100-SXM4-40GB/)
  },
)
