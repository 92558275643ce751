import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createSimulatedMachine, type SimulatedMachine } from '../../lib/simulator.js'
import { InterruptedApply } from '../support/interrupted.js'
import { fakeRoot } from '../support/root-tree.js'
import { runInProcess } from './run-in-process.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

const all1g = JSON.stringify({
  version: 'v1',
  'mig-configs': { a: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } }] },
})

/** Several long calls, because on a busy machine one call may end before the timer fires. */
const hang = { times: 3, hangMs: 1000 } as const

function shared(settings: Parameters<typeof createSimulatedMachine>[1] = {}): {
  readonly machine: SimulatedMachine
  readonly store: string
} {
  const store = join(fakeRoot(), 'machine')
  return { machine: createSimulatedMachine('A100-SXM4-40GB', { ...settings, store }), store }
}

describe('--slow-after-ms', () => {
  test('--slow-after-ms reports a call that does not return, while an apply waits for it', async () => {
    const { machine, store } = shared()
    using _machine = machine
    machine.fail({ fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', ...hang })
    const args = ['apply', '-f', '-', '--store', store, '--slow-after-ms', '50']
    const { status, err } = await runInProcess(args, { input: all1g })
    expect(status).toBe(0)
    expect(err).toMatch(/GPU 0: nvmlDeviceCreateGpuInstanceWithPlacement has not returned for/)
  })

  test.each([['status'], ['profiles'], ['export'], ['plan', '-f', '-']])(
    '--slow-after-ms reports a slow call of %s, which only reads',
    async (...args) => {
      const { machine, store } = shared()
      using _machine = machine
      machine.fail({ fn: 'nvmlDeviceGetMigMode', ...hang })
      const { err } = await runInProcess([...args, '--store', store, '--slow-after-ms', '50'], {
        input: all1g,
      })
      expect(err).toMatch(/GPU 0: nvmlDeviceGetMigMode has not returned for .* s; still waiting/)
    },
  )

  test('--slow-after-ms reports a slow call of a recovery, too', async () => {
    using left = await InterruptedApply.create()
    left.machine.fail({ fn: 'nvmlGpuInstanceDestroy', ...hang })
    const store = join(left.folder, 'machine')
    const { err } = await runInProcess(['recover', '--store', store, '--slow-after-ms', '50'])
    expect(err).toMatch(/nvmlGpuInstanceDestroy has not returned for/)
  })
})

test('--reset-timeout-ms kills an nvidia-smi that does not end', () => {
  const folder = fakeRoot()
  writeFileSync(join(folder, 'nvidia-smi'), '#!/bin/sh\nexec sleep 3600\n')
  chmodSync(join(folder, 'nvidia-smi'), 0o755)
  const { machine } = shared({ resetPolicy: 'manual' })
  using _machine = machine
  // The root `/` hides that the machine is simulated, because no tool resets a simulated one.
  const { status, stderr } = spawnSync(
    process.execPath,
    [cli, 'apply', '-f', '-', '--reset', 'nvidia-smi', '--reset-timeout-ms', '700'],
    {
      input: all1g,
      encoding: 'utf8',
      env: {
        ...process.env,
        ...machine.env,
        MIG_NVML_ROOT: '/',
        PATH: [folder, process.env['PATH']].join(delimiter),
      },
    },
  )
  expect(status).toBe(1)
  expect(stderr).toMatch(/MIG_RESET_TIMEOUT.*not ended within 0\.7 s/)
})

test.each(['--slow-after-ms', '--reset-timeout-ms'])('%s takes a number from 1', async (option) => {
  for (const value of ['0', 'soon', '-1', '1.5'])
    expect(await runInProcess(['recover', `${option}=${value}`])).toMatchObject({
      status: 2,
      err: expect.stringMatching(/takes a whole number from 1/),
    })
})
