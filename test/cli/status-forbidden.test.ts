// In a file of its own: a process has one simulated machine by its environment.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSimulatedMachine, writeRootTree } from '../../lib/simulator.js'
import { fakeRoot } from '../support/root-tree.js'
import { runInProcess } from './run-in-process.js'

test('status shows the GPUs on the PCI bus to a user that may not use the driver, and fails', async () => {
  const folder = fakeRoot()
  const root = join(folder, 'tree')
  mkdirSync(root, { mode: 0o700 })
  const spec = 'A100-SXM4-40GB +mig, H100 80GB HBM3'
  using machine = createSimulatedMachine(spec, { store: join(folder, 'store') })
  writeRootTree(machine, root)
  machine.fail({ fn: 'nvmlInit', error: 'NVML_ERROR_NO_PERMISSION', times: 9 })
  for (const [name, value] of Object.entries({ ...machine.env, MIG_NVML_ROOT: root }))
    vi.stubEnv(name, value)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  const { status, out, err } = await runInProcess(['status'])
  expect(status).toBe(1)
  expect(out).toMatch(/^this user may not use the driver; the GPUs on the PCI bus:\n/)
  expect(out).toContain('GPU 0 at 0000:07:00.0, NVIDIA A100-SXM4-40GB: MIG mode unknown: ')
  expect(out).toContain('GPU 1 at 0000:0f:00.0, NVIDIA H100 80GB HBM3: MIG mode unknown: ')
  expect(err).toContain('NVML_ERROR_NO_PERMISSION')
})
