// Commands where no driver is loaded, on the file tree of a simulated machine.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSimulatedMachine, followRootTree } from '../../lib/simulator.js'
import type { SimulatedMachine, SimulatedMachineOptions } from '../../types/simulator/machine.js'
import { fakeRoot } from '../support/root-tree.js'
import { type CliRun, runInProcess } from './run-in-process.js'

interface Unloaded {
  readonly machine: SimulatedMachine
  readonly run: (...args: readonly string[]) => Promise<CliRun>
}

/** A machine without its driver, and the command line on it. */
function unloaded(spec: string, options: SimulatedMachineOptions = {}): Unloaded {
  const folder = fakeRoot()
  const [store, root] = [join(folder, 'store'), join(folder, 'tree')]
  mkdirSync(root, { mode: 0o700 })
  const machine = createSimulatedMachine(spec, { ...options, store })
  machine.unloadDriver()
  const tree = followRootTree(machine, root)
  // A replaced `process.env` would not reach the driver, which reads the variables of the process.
  for (const [name, value] of Object.entries({ ...machine.env, MIG_NVML_ROOT: root }))
    vi.stubEnv(name, value)
  onTestFinished(() => {
    tree.close()
    machine.close()
    vi.unstubAllEnvs()
  })
  for (const [name, enabled] of [
    ['on', true],
    ['off', false],
  ] as const) {
    const entry = { devices: 'all', 'mig-enabled': enabled, 'mig-devices': {} }
    const document = { version: 'v1', 'mig-configs': { [name]: [entry] } }
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(document))
  }
  const run = (...args: readonly string[]) =>
    runInProcess(args.map((arg) => arg.replace('FOLDER', folder)))
  return { machine, run }
}

const isOn = ({ machine }: Unloaded): unknown =>
  machine.describe().gpus.map(({ mig }) => mig?.enabled)

test('apply --mode-only sets MIG modes without a driver, and says how', async () => {
  const host = unloaded('2x A100-SXM4-40GB')
  const done = await host.run('apply', '--mode-only', '-f', 'FOLDER/on.json')
  expect(done.err).toBe('')
  expect(done.status).toBe(0)
  expect(isOn(host)).toEqual([true, true])
  expect(done.out).toContain('no driver is loaded')
  expect(done.out).toContain('GPU 1 at 0000:0f:00.0, NVIDIA A100-SXM4-40GB: MIG on, by a reset')
  // As mig-parted ends.
  expect(done.out).toMatch(/MIG configuration applied successfully\n$/)

  const again = await host.run('apply', '-m', '-f', 'FOLDER/on.json')
  expect(again.out).toContain('GPU 0 at 0000:07:00.0, NVIDIA A100-SXM4-40GB: MIG on already')
  const json = await host.run('apply', '-m', '-f', 'FOLDER/off.json', '--json')
  expect(JSON.parse(json.out)).toMatchObject({ gpus: [{ outcome: 'changed' }, { enabled: false }] })
  expect(isOn(host)).toEqual([false, false])
})

test('assert --mode-only compares MIG modes without a driver', async () => {
  const host = unloaded('A100-SXM4-40GB +mig')
  const statusOf = async (name: string) =>
    (await host.run('assert', '--mode-only', '-f', `FOLDER/${name}.json`)).status
  expect([await statusOf('on'), await statusOf('off')]).toEqual([0, 1])
  expect(
    JSON.parse((await host.run('assert', '-m', '-f', 'FOLDER/off.json', '--json')).out),
  ).toMatchObject({
    matches: false,
  })
})

test('a MIG mode that no driver reports does not match', async () => {
  const host = unloaded('A30, H100 80GB HBM3')
  const { status, out } = await host.run('assert', '--mode-only', '-f', 'FOLDER/off.json')
  expect(status).toBe(1)
  expect(out).toContain('GPU 1 at 0000:0f:00.0, NVIDIA H100 80GB HBM3: MIG mode unknown')
})

test('apply without a driver fails for a GPU whose mode only a driver sets, and not for one without MIG', async () => {
  const mixed = unloaded('A30, H100 80GB HBM3')
  const apply = await mixed.run('apply', '--mode-only', '-f', 'FOLDER/on.json')
  expect(apply.status).toBe(1)
  expect(apply.err).toContain('GPU 1: load the driver, and apply again')
  expect(apply.out).not.toContain('successfully')
  expect(isOn(mixed)).toEqual([true, false])
  const display = unloaded('A30, NVIDIA DGX Display')
  expect((await display.run('apply', '--mode-only', '-f', 'FOLDER/on.json')).status).toBe(0)
  expect((await display.run('assert', '--mode-only', '-f', 'FOLDER/on.json')).status).toBe(0)
})

test('with --skip-reset, --reset none and --dry-run no GPU is reset without a driver', async () => {
  const host = unloaded('A100-SXM4-40GB')
  const apply = (...more: readonly string[]) =>
    host.run('apply', '--mode-only', '-f', 'FOLDER/on.json', ...more)
  expect((await apply('--dry-run')).out).toContain('would turn MIG on')
  expect((await apply('--skip-reset')).out).toContain(
    'MIG on after a reset of the GPU, or a reboot',
  )
  expect((await apply('--reset', 'none')).out).toContain('MIG on after a reset')
  expect(isOn(host)).toEqual([false])
})

test('status shows the GPUs and their MIG modes where no driver is loaded, and fails', async () => {
  const host = unloaded('A100-SXM4-40GB +mig, T4')
  const { status, out, err } = await host.run('status')
  expect(status).toBe(1)
  expect(out).toContain('GPU 0 at 0000:07:00.0, NVIDIA A100-SXM4-40GB: MIG on\n')
  expect(out).toContain('GPU 1 at 0000:0f:00.0')
  expect(err).toContain('NVML_ERROR_DRIVER_NOT_LOADED')
  const json = await host.run('status', '--json')
  expect(json.status).toBe(1)
  expect(JSON.parse(json.out)).toMatchObject({
    driverVersion: null,
    pciGpus: [{ mig: { enabled: true } }, { mig: null }],
    error: { code: 'NVML_ERROR_DRIVER_NOT_LOADED' },
  })
})

test('other commands, and a machine without GPUs, fail without a driver as before', async () => {
  const host = unloaded('A100-SXM4-40GB')
  const apply = await host.run('apply', '-f', 'FOLDER/on.json')
  expect(apply.status).toBe(1)
  expect(apply.err).toContain('NVML_ERROR_DRIVER_NOT_LOADED')
  const none = unloaded('none')
  expect((await none.run('status')).err).toContain('NVML_ERROR_DRIVER_NOT_LOADED')
  expect((await none.run('apply', '-m', '-f', 'FOLDER/on.json')).status).toBe(1)
})

test('status of a machine without a file tree and without a driver shows no GPU of this computer', async () => {
  const host = unloaded('A100-SXM4-40GB')
  vi.stubEnv('MIG_NVML_ROOT', 'none')
  const { status, out, err } = await host.run('status')
  expect({ status, out }).toEqual({ status: 1, out: '' })
  expect(err).toContain('NVML_ERROR_DRIVER_NOT_LOADED')
  const json = await host.run('status', '--json')
  expect(Object.keys(JSON.parse(json.out))).toEqual(['error'])
})
