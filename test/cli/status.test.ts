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

test('status shows the version of the driver', async () => {
  expect((await statusOf('A30')).out).toMatch(/^driver 580\.65\.06$/m)
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
  const [, fits = ''] = /^GPU 1, 2: still fits: (.*)$/m.exec(out) ?? []
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
