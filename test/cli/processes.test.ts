import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { applyMigConfig } from '../../lib/index.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { feed } from '../support/feed.js'
import { InterruptedApply } from '../support/interrupted.js'
import { readMigState } from '../support/read-state.js'
import { countDevices, placesOf, wantOnAll } from '../support/wanted.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-processes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function machineIn(name: string): { machine: SimulatedMachine; store: string } {
  const store = join(folder, `${name}.store`)
  const spec = [{ model: 'A100-SXM4-40GB', count: 2, migEnabled: true }]
  return { machine: createSimulatedMachine(spec, { store }), store }
}

function startApply(
  store: string,
  devices: Readonly<Record<string, number>>,
  ...options: readonly string[]
): ChildProcess {
  const child = spawn(process.execPath, [cli, 'apply', '-f', '-', '--store', store, ...options])
  feed(child, JSON.stringify(wantOnAll(devices)))
  return child
}

interface End {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly err: string
}

async function end(child: ChildProcess): Promise<End> {
  const [err, [status, signal]] = await Promise.all([
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  return { status, signal, err }
}

/** Resolves when the driver has seen this many changing calls. */
async function untilChanges(machine: SimulatedMachine, count: number): Promise<void> {
  while (machine.journal().length < count) await setImmediate()
}

const slow = { fn: 'nvmlGpuInstanceCreateComputeInstance', us: 50_000 }

test('two processes that apply at the same time take turns', async () => {
  const { machine, store } = machineIn('two')
  machine.setLatency(slow)
  const ends = await Promise.all([
    end(startApply(store, { '1g.5gb': 7 })),
    end(startApply(store, { '3g.20gb': 2 })),
  ])
  expect(ends.map(({ status }) => status)).toEqual([0, 0])
  expect(machine.journal().filter((call) => call.ret !== 0)).toEqual([])
  const pids = machine.journal().map((call) => call.pid)
  expect(pids.filter((pid, index) => pid !== pids[index - 1])).toHaveLength(2)
  const devices = (await readMigState({ library: machine.library })).gpus.map(countDevices)
  const wanted = devices[0]?.['1g.5gb'] === 7 ? { '1g.5gb': 7 } : { '3g.20gb': 2 }
  expect(devices).toEqual([wanted, wanted])
})

test('the apply after a killed one brings the machine to its configuration', async () => {
  const { machine, store } = machineIn('killed')
  machine.setLatency(slow)
  const child = startApply(store, { '1g.5gb': 7 })
  const ended = once(child, 'exit')
  await untilChanges(machine, 6)
  child.kill('SIGKILL')
  await ended
  machine.setLatency('none')
  const report = await applyMigConfig(wantOnAll({ '2g.10gb': 3 }), { library: machine.library })
  expect(report.outcome).toBe('applied')
  expect(report.after.gpus.map(countDevices)).toEqual([{ '2g.10gb': 3 }, { '2g.10gb': 3 }])
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s undoes an apply, says so, and ends the process',
  async (signal) => {
    const { machine, store } = machineIn(signal)
    const library = machine.library
    await applyMigConfig(wantOnAll({ '2g.10gb': 1, '3g.20gb': 1 }), { library })
    const before = (await readMigState({ library })).gpus.map(placesOf)
    const done = machine.journal().length
    // Fourteen calls, two at a time, leave time for the signal even on a busy machine.
    machine.setLatency({ ...slow, us: 2_000_000 })
    const child = startApply(store, { '1g.5gb': 7 })
    const ended = end(child)
    await untilChanges(machine, done + 6)
    child.kill(signal)
    machine.setLatency('none')
    const { err, ...ending } = await ended
    expect(ending).toEqual({ status: null, signal })
    expect(err).toMatch(/^stopping: .*second signal.*mig-nvml recover$/m)
    expect(err).toMatch(new RegExp(`ABORT_ERR.*${signal}.*as before`))
    expect((await readMigState({ library })).gpus.map(placesOf)).toEqual(before)
  },
)

test.each([
  ['--atomic=gpu', /^stopping: .* the changes of GPUs that are not as wanted are undone; a second/],
  ['--atomic=none', /^stopping: after the current driver call; what was changed stays; a second/],
  ['--json', /^stopping: after the current driver call, all changes are undone; a second/],
])('the first signal in an apply %s says what becomes of the changes', async (option, says) => {
  const { machine, store } = machineIn(option)
  machine.setLatency({ ...slow, us: 2_000_000 })
  const child = startApply(store, { '1g.5gb': 7 }, option)
  const ended = end(child)
  await untilChanges(machine, 2)
  child.kill('SIGINT')
  machine.setLatency('none')
  const { err, signal } = await ended
  expect(signal).toBe('SIGINT')
  expect(err).toMatch(says)
})

test('the first signal in a recover says that the current GPU is cleaned up, and the others wait', async () => {
  using apply = await InterruptedApply.create()
  const { machine } = apply
  const done = machine.journal().length
  machine.setLatency({ ...slow, us: 2_000_000 })
  const store = join(apply.folder, 'machine')
  const child = spawn(process.execPath, [cli, 'recover', '--store', store], { stdio: 'pipe' })
  const ended = end(child)
  await untilChanges(machine, done + 1)
  child.kill('SIGINT')
  machine.setLatency('none')
  const { err, signal } = await ended
  expect(signal).toBe('SIGINT')
  expect(err).toMatch(/^stopping: when the current GPU is cleaned up; the others wait/m)
  expect(apply.listJournals()).toHaveLength(1)
})

test('a shell loop stops after an interrupted apply', async () => {
  const { machine, store } = machineIn('loop')
  machine.setLatency({ ...slow, us: 2_000_000 })
  const document = join(folder, 'loop.json')
  writeFileSync(document, JSON.stringify(wantOnAll({ '1g.5gb': 7 })))
  const command =
    'for n in 1 2; do echo "apply $n"; "$NODE" "$CLI" apply -f "$DOCUMENT" --store "$STORE"; done'
  const shell = spawn('bash', ['-c', command], {
    stdio: ['ignore', 'pipe', 'ignore'],
    // As from a terminal, the signal goes to all processes of the group.
    detached: true,
    env: { ...process.env, NODE: process.execPath, CLI: cli, DOCUMENT: document, STORE: store },
  })
  const output = text(shell.stdout)
  const ended = once(shell, 'exit')
  await untilChanges(machine, 2)
  process.kill(-(shell.pid ?? 0), 'SIGINT')
  machine.setLatency('none')
  await ended
  expect((await output).match(/apply \d/g)).toEqual(['apply 1'])
})

test('a second signal of any kind ends the process at once', async () => {
  const { machine, store } = machineIn('twice')
  machine.setLatency({ ...slow, us: 2_000_000 })
  machine.setLatency({ fn: 'nvmlComputeInstanceDestroy', us: 600_000_000 })
  const child = startApply(store, { '1g.5gb': 7 })
  const ended = once(child, 'exit')
  await untilChanges(machine, 2)
  child.kill('SIGINT')
  // It says so at the start of the undo, which takes long here.
  for await (const line of child.stderr ?? []) if (/undoing/.test(String(line))) break
  child.kill('SIGTERM')
  expect(await ended).toEqual([null, 'SIGTERM'])
})

test('a reader that goes away does not interrupt an apply', async () => {
  const { machine, store } = machineIn('pipe')
  const child = startApply(store, { '1g.5gb': 7 })
  child.stdout?.destroy()
  const { status, err } = await end(child)
  expect({ status, err }).toEqual({ status: 0, err: '' })
  const { gpus } = await readMigState({ library: machine.library })
  expect(gpus.map(countDevices)).toEqual([{ '1g.5gb': 7 }, { '1g.5gb': 7 }])
})
