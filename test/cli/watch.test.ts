import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { applyMigConfig } from '../../lib/index.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { wantOnAll } from '../support/wanted.js'
import { runInProcess } from './run-in-process.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-watch-'))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Watch {
  readonly machine: SimulatedMachine
  readonly child: ChildProcess
  /** The next line that it prints. */
  readonly next: () => Promise<string>
}

async function startWatch(name: string, ...args: readonly string[]): Promise<Watch> {
  const store = join(folder, name)
  const machine = createSimulatedMachine('A100-SXM4-40GB +mig', { store })
  const child = spawn(process.execPath, [
    cli,
    'watch',
    '--interval-ms',
    '20',
    '--store',
    store,
    ...args,
  ])
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => String((await lines.next()).value)
  if (args.length === 0) await once(child.stderr, 'data')
  return { machine, child, next }
}

async function statusAfter({ child }: Watch, signal: NodeJS.Signals): Promise<unknown> {
  const ended = once(child, 'exit')
  child.kill(signal)
  return (await ended)[0]
}

describe('watch', () => {
  test('watch prints a line for each change and ends with 0 on SIGINT', async () => {
    const watch = await startWatch('lines')
    await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library: watch.machine.library })
    expect(await watch.next()).toMatch(
      /^\d{4}-.*Z {2}GPU 0: GPU instance 0 created: 7g\.40gb at 0:8$/,
    )
    expect(await watch.next()).toMatch(
      /compute instance 0 of GPU instance 0 created: 7g\.40gb, MIG-/,
    )
    watch.machine.loseGpu(0)
    expect(await watch.next()).toMatch(/GPU 0: lost/)
    expect(await statusAfter(watch, 'SIGINT')).toBe(0)
  })

  test('watch --json prints JSON lines, the first with the whole machine', async () => {
    const watch = await startWatch('json', '--json')
    expect(JSON.parse(await watch.next())).toMatchObject({
      kind: 'state',
      state: { gpus: [{ index: 0, gpuInstances: [] }] },
    })
    await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library: watch.machine.library })
    expect(JSON.parse(await watch.next())).toMatchObject({
      time: expect.stringMatching(/^\d{4}-/),
      kind: 'gpu-instance-created',
      gpuInstance: { profileName: '7g.40gb' },
    })
    expect(await statusAfter(watch, 'SIGTERM')).toBe(0)
  })

  test('watch ends when its reader is gone', async () => {
    const watch = await startWatch('unread')
    const ended = once(watch.child, 'exit')
    watch.child.stdout?.destroy()
    watch.machine.loseGpu(0)
    expect((await ended)[0]).toBe(0)
  })

  test('watch ends when its reader is gone, even if nothing changes', async () => {
    const watch = await startWatch('silent', '--json')
    const ended = once(watch.child, 'exit')
    expect(JSON.parse(await watch.next())).toMatchObject({ kind: 'state' })
    watch.child.stdout?.destroy()
    expect((await ended)[0]).toBe(0)
  })

  test('a watch that cannot start fails, with one JSON line under --json', async () => {
    const args = ['watch', '--json', '--library', '/nowhere/libnvidia-ml.so.1']
    const { status, out } = await runInProcess(args)
    expect(status).toBe(1)
    expect(out.trim().split('\n')).toHaveLength(1)
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'MIG_DRIVER_NOT_FOUND' } })
    expect(await runInProcess(['watch', '--interval-ms', '0'])).toMatchObject({ status: 2 })
  })
})
