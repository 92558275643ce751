import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { SimulatedGpu } from '../../types/simulator/machine.js'
import { runInProcess } from './run-in-process.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-options-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = join(folder, 'config.yaml')
writeFileSync(
  file,
  `version: v1
mig-configs:
  halves: [{devices: all, mig-enabled: true, mig-devices: {3g.20gb: 2}}]
  off: [{devices: all, mig-enabled: false}]
`,
)
let store = ''
let count = 0
beforeEach(() => {
  store = join(folder, `${count++}.store`)
})

/** Closed again, so that only the file counts. */
function createMachine(resetPolicy: 'automatic' | 'manual' = 'automatic'): void {
  createSimulatedMachine('2x A100-SXM4-40GB', { store, resetPolicy }).close()
}

async function gpusNow(): Promise<readonly SimulatedGpu[]> {
  const { out } = await runInProcess(['simulator', 'describe', '--store', store])
  return (JSON.parse(out) as { gpus: SimulatedGpu[] }).gpus
}

const select = ['-f', file, '-c', 'halves'] as const
const here = (): readonly string[] => ['--store', store]

describe('a script that runs mig-parted', () => {
  test('a script for mig-parted may pass everything in variables', async () => {
    createMachine()
    const env = { MIG_PARTED_CONFIG_FILE: file, MIG_PARTED_SELECTED_CONFIG: 'halves' }
    expect(await runInProcess(['assert', ...here()], { env })).toMatchObject({ status: 1 })
    const applied = await runInProcess(['apply', ...here()], { env })
    expect(applied).toMatchObject({ status: 0, err: '' })
    expect(applied.out).toMatch(/^MIG configuration applied successfully$/m)
    const asserted = await runInProcess(['assert', ...here()], { env })
    expect(asserted).toMatchObject({
      status: 0,
      out: 'Selected MIG configuration currently applied\n',
    })
  })

  test('an option counts more than its variable', async () => {
    createMachine()
    const env = {
      MIG_PARTED_CONFIG_FILE: '/nowhere',
      MIG_PARTED_SELECTED_CONFIG: 'off',
      MIG_PARTED_MODE_CHANGE_ONLY: 'true',
    }
    const long = ['--config-file', file, '--selected-config=halves', '--mode-only=false']
    expect(await runInProcess(['apply', ...long, ...here()], { env })).toMatchObject({ status: 0 })
    expect((await gpusNow()).map(({ gpuInstances }) => gpuInstances.length)).toEqual([2, 2])
  })

  test('short options may be joined: modes only, without a reset', async () => {
    createMachine('manual')
    expect(await runInProcess(['apply', '-sm', ...select, ...here()])).toMatchObject({ status: 0 })
    expect((await gpusNow()).map(({ mig }) => mig)).toEqual([
      { enabled: false, pending: true },
      { enabled: false, pending: true },
    ])
  })

  test('an apply without a reset cannot create instances: status 1, and the mode waits', async () => {
    createMachine('manual')
    const { status, out, err } = await runInProcess(['apply', '-s', ...select, ...here()])
    expect(status).toBe(1)
    expect(err).toMatch(
      /^mig-nvml: MIG_RESET_REQUIRED: the MIG mode of GPU 0, 1 is pending a reset/m,
    )
    expect(err).toMatch(/^hint: .*--mode-only/m)
    expect(out).not.toMatch(/verified|successfully/)
    expect((await gpusNow()).map(({ mig }) => mig?.pending)).toEqual([true, true])
  })

  test('a hint names options of the command line', async () => {
    createSimulatedMachine('A100-SXM4-40GB', { store, resetPolicy: 'refused' }).close()
    const { status, err } = await runInProcess(['apply', ...select, ...here()])
    expect(status).toBe(1)
    expect(err).toMatch(/^hint: .*--skip-reset/m)
  })

  test('assert can compare modes alone', async () => {
    createMachine()
    const modeOnly = ['assert', '--mode-only', ...select, ...here()]
    expect(await runInProcess(modeOnly)).toMatchObject({
      status: 1,
      out: expect.stringMatching(/GPU 0: MIG is off/),
    })
    await runInProcess(['apply', '--mode-only', ...select, ...here()])
    expect(await runInProcess(modeOnly)).toMatchObject({
      status: 0,
      out: 'Selected MIG mode settings from configuration currently applied\n',
    })
    expect(await runInProcess(['assert', ...select, ...here()])).toMatchObject({ status: 1 })
  })

  test('assert -a checks a configuration on a machine without a driver', async () => {
    const nowhere = ['--library', '/nowhere/libnvidia-ml.so.1']
    expect(await runInProcess(['assert', '-a', ...select, ...nowhere])).toEqual({
      status: 0,
      out: 'Selected MIG configuration is valid\n',
      err: '',
    })
    const wrong = ['assert', '--valid-config', '-f', file, '-c', 'thirds', ...nowhere]
    expect(await runInProcess(wrong)).toMatchObject({
      status: 1,
      err: expect.stringMatching(/MIG_CONFIG_NOT_FOUND.*thirds/),
    })
  })

  test('restore prints the line that scripts for mig-parted look for', async () => {
    createMachine()
    const checkpoint = join(folder, 'checkpoint.json')
    await runInProcess(['apply', ...select, ...here()])
    const env = { MIG_PARTED_CHECKPOINT_FILE: checkpoint }
    expect(await runInProcess(['checkpoint', ...here()], { env })).toMatchObject({ status: 0 })
    await runInProcess(['apply', '-f', file, '-c', 'off', ...here()])
    const restored = await runInProcess(['restore', ...here()], { env })
    expect(restored.out).toMatch(/^MIG configuration restored successfully$/m)
    expect((await gpusNow()).map(({ gpuInstances }) => gpuInstances.length)).toEqual([2, 2])
    const input = readFileSync(checkpoint, 'utf8')
    const again = await runInProcess(['restore', '-f', '-', ...here()], { input })
    expect(again.out).toMatch(/Nothing to do/)
  })

  test('hooks of mig-parted run, with the options in their environment', async () => {
    createMachine()
    const [hooks, log] = [join(folder, 'hooks.yaml'), join(folder, 'hooks.log')]
    writeFileSync(
      hooks,
      `version: v1\nhooks: {apply-start: [{command: /bin/sh, args: ["-c", "echo heard; env > ${log}"]}]}\n`,
    )
    const quiet = await runInProcess(['apply', '-k', hooks, ...select, ...here()])
    expect(quiet.out).toMatch(/^hook apply-start: \/bin\/sh/m)
    expect(`${quiet.out}${quiet.err}`).not.toMatch(/^heard$/m)
    expect(readFileSync(log, 'utf8').split('\n')).toEqual(
      expect.arrayContaining([
        `MIG_PARTED_CONFIG_FILE=${file}`,
        'MIG_PARTED_SELECTED_CONFIG=halves',
        `MIG_PARTED_HOOKS_FILE=${hooks}`,
        'MIG_PARTED_SKIP_RESET=false',
        'MIG_PARTED_MODE_CHANGE_ONLY=false',
      ]),
    )
    const loud = await runInProcess(['-d', 'apply', '-k', hooks, ...select, ...here()])
    expect(loud.err).toMatch(/^heard$/m)
  })

  test.each([
    [['apply', '--skip-reset=maybe'], {}, /--skip-reset takes true or false/],
    [['apply'], { MIG_PARTED_SKIP_RESET: 'maybe' }, /MIG_PARTED_SKIP_RESET takes true or false/],
    [['export', '-o', 'toml'], {}, /yaml, json/],
    [['checkpoint'], {}, /-f FILE/],
    [['restore'], {}, /-f FILE/],
  ])('the wrong command line %j %j ends with status 2', async (args, env, says) => {
    const { status, err } = await runInProcess(args, { env })
    expect(status).toBe(2)
    expect(err).toMatch(says)
  })
})
