// `--timeout`, and the end of commands whose driver call never returns. A call that hangs does so for ten minutes.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { MachineFolder } from '../native/apply/processes.js'
import { untilCalled } from '../support/calls.js'
import { feed } from '../support/feed.js'
import { readMigState } from '../support/read-state.js'
import { placesOf, wantOnAll } from '../support/wanted.js'
import { runInProcess } from './run-in-process.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const document = JSON.stringify(wantOnAll({ '1g.5gb': 2, '3g.20gb': 1 }))
const hangMs = 600_000

function storeMachine() {
  const folder = new MachineFolder()
  const machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', { store: folder.store })
  onTestFinished(() => {
    machine.close()
    folder[Symbol.dispose]()
  })
  const command = (...args: readonly string[]) => [main, ...args, '--store', folder.store]
  return {
    folder,
    machine,
    start: (...args: readonly string[]) => {
      const child = spawn(process.execPath, command(...args))
      onTestFinished(() => void child.kill('SIGKILL'))
      feed(child, document)
      return child
    },
    run: (...args: readonly string[]) =>
      spawnSync(process.execPath, command(...args), {
        input: document,
        encoding: 'utf8',
        timeout: 120_000,
      }),
  }
}

const layoutOf = async ({ library }: ReturnType<typeof storeMachine>['machine']) =>
  (await readMigState({ library })).gpus.map(placesOf)

const reading = [
  ['status'],
  ['status', '-L'],
  ['profiles'],
  ['plan', '-f', '-'],
  ['apply', '-f', '-'],
  ['assert', '-f', '-'],
  ['export'],
  ['generate-config'],
  ['checkpoint', '-f', '-'],
]

test.each(reading.map((args) => [args.join(' '), args] as const))(
  '%s --timeout ends with status 124 while a read of the driver hangs, and says why',
  (_, args) => {
    const { machine, run } = storeMachine()
    machine.fail({ fn: 'nvmlDeviceGetUUID', hangMs, times: 100 })
    const { status, stdout, stderr } = run(...args, '--timeout', '0.5')
    expect({ status, stdout }).toEqual({ status: 124, stdout: '' })
    expect(stderr).toMatch(/ABORT_ERR: .* was stopped \(the limit of 0\.5 s is over\)/)
  },
)

test('with --json, standard output has the error of the time limit and nothing else', () => {
  const { machine, run } = storeMachine()
  machine.fail({ fn: 'nvmlInit_v2', hangMs })
  const { status, stdout } = run('status', '--json', '--timeout', '0.5')
  expect(status).toBe(124)
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ABORT_ERR' } })
})

test('an apply that reaches its time limit is undone, and ends with status 124', async () => {
  const { machine, start } = storeMachine()
  const before = await layoutOf(machine)
  const fn = 'nvmlGpuInstanceCreateComputeInstance'
  machine.setLatency({ fn, us: 2_000_000 })
  const child = start('apply', '-f', '-', '--timeout', '4')
  const [err, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(status).toBe(124)
  expect(err).toMatch(/^the limit of 4 s is over: stopping: .*mig-nvml recover$/m)
  expect(err).toMatch(/ABORT_ERR: .*limit of 4 s/)
  expect(await layoutOf(machine)).toEqual(before)
}, 60_000)

test('an apply whose changing call never returns ends some seconds after its limit, names the call, and leaves its journals for recover', async () => {
  const { folder, machine, run } = storeMachine()
  const before = await layoutOf(machine)
  const fn = 'nvmlGpuInstanceCreateComputeInstance'
  machine.fail({ fn, nth: 2, hangMs })
  const { status, stderr } = run('apply', '-f', '-', '--timeout', '2')
  expect(status).toBe(124)
  expect(stderr).toMatch(
    new RegExp(`ABORT_ERR: .*ends without ${fn} on GPU-\\S+, which has not returned for \\d+ s`),
  )
  expect(stderr).toMatch(/hint: .*mig-nvml recover/)
  expect(folder.listJournals()).toHaveLength(2)
  machine.clearFaults()
  expect(run('status').stdout).toMatch(/an apply of wanted by \d+ .*was interrupted$/m)
  expect(run('recover')).toMatchObject({ status: 0 })
  expect(await layoutOf(machine)).toEqual(before)
}, 120_000)

test('an apply that waits for the lock of another one ends at its time limit', async () => {
  const { machine, start, run } = storeMachine()
  const fn = 'nvmlGpuInstanceCreateComputeInstance'
  machine.fail({ fn, hangMs })
  machine.resetCallCounts()
  start('apply', '-f', '-')
  await untilCalled(machine, fn)
  // The driver's lock is held as well, so a second machine in the same file would not help.
  expect(run('apply', '-f', '-', '--timeout', '1')).toMatchObject({
    status: 124,
    stderr: expect.stringContaining('the limit of 1 s is over'),
  })
})

test('a command that waits for its document ends at its time limit', () => {
  const { folder, run } = storeMachine()
  const fifo = join(folder.path, 'fifo')
  execFileSync('mkfifo', [fifo])
  const { status, stderr } = run('plan', '-f', fifo, '--timeout', '0.5')
  expect(status).toBe(124)
  expect(stderr).toContain('the limit of 0.5 s is over')
})

test('watch ends at its time limit, even while a read of the driver hangs', () => {
  const { machine, run } = storeMachine()
  machine.fail({ fn: 'nvmlDeviceGetMigMode', nth: 5, hangMs, times: 100 })
  expect(run('watch', '--interval-ms', '10', '--timeout', '1')).toMatchObject({
    status: 124,
    stderr: expect.stringContaining('the watch was stopped (the limit of 1 s is over)'),
  })
})

test.each([
  ['metrics --listen', ['metrics', '--listen', '127.0.0.1:0']],
  ['cdi --watch', ['cdi', '--watch', '-o', 'TREE/nvidia.yaml', '--root', 'TREE']],
  ['simulator follow-tree', ['simulator', 'follow-tree', 'TREE']],
])('%s ends with status 124 at its time limit', (_, words) => {
  const { folder, run } = storeMachine()
  const tree = join(folder.path, 'tree')
  expect(run('simulator', 'root-tree', tree)).toMatchObject({ status: 0 })
  const args = words.map((word) => word.replace('TREE', tree))
  expect(run(...args, '--timeout', '1')).toMatchObject({
    status: 124,
    stderr: expect.stringContaining('the limit of 1 s is over'),
  })
})

test('watch ends with status 0 on SIGTERM, even while a read of the driver hangs', async () => {
  const { machine, start } = storeMachine()
  const fn = 'nvmlDeviceGetMigMode'
  machine.fail({ fn, nth: 5, hangMs, times: 100 })
  machine.resetCallCounts()
  const child = start('watch', '--interval-ms', '10')
  const ended = once(child, 'exit')
  await untilCalled(machine, fn)
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

test('a command that ends before its time limit is as without one', () => {
  const { run } = storeMachine()
  expect(run('apply', '-f', '-', '--timeout', '100')).toMatchObject({ status: 0 })
  expect(run('assert', '-f', '-', '--timeout=100')).toMatchObject({ status: 0 })
  expect(run('assert', '-f', '-', '-m', '--timeout=1e9')).toMatchObject({ status: 2 })
})

test.each(['', '0', '-1', 'x', '1s', '2147484', 'Infinity'])(
  '--timeout=%s is a wrong command line, whose error says what is right',
  async (value) => {
    const { status, err } = await runInProcess(['status', `--timeout=${value}`])
    expect(status).toBe(2)
    expect(err).toMatch(/--timeout takes seconds from 0\.001 to 2147483, not/)
  },
)
