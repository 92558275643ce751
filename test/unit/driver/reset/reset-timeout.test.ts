import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { resetByTool } from '../../../../lib/driver/reset/nvidia-smi.js'
import { applyMigConfig, readMigState } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { rejectionOf } from '../../../support/errors.js'
import { fakeRoot } from '../../../support/root-tree.js'
import { wantOnAll } from '../../../support/wanted.js'

const path = process.env['PATH']
afterEach(() => {
  vi.useRealTimers()
  process.env['PATH'] = path
})

/** An `nvidia-smi` that says something, notes its process id, and does what the script says. */
function installTool(script: string): { readonly pidFile: string } {
  const folder = fakeRoot()
  const pidFile = join(folder, 'pid')
  const lines = ['#!/bin/sh', 'echo resetting', `echo $$ > ${pidFile}.new`]
  lines.push(`mv ${pidFile}.new ${pidFile}`, script, '')
  writeFileSync(join(folder, 'nvidia-smi'), lines.join('\n'))
  chmodSync(join(folder, 'nvidia-smi'), 0o755)
  process.env['PATH'] = `${folder}:${path}`
  return { pidFile }
}

/** Lets the time pass once the tool runs and has been heard: a computer may take long to start it. */
async function passOnceRunning(pidFile: string, ms: number): Promise<void> {
  while (!existsSync(pidFile)) await setImmediate()
  for (let turn = 0; turn < 10; turn++) await setImmediate()
  vi.advanceTimersByTime(ms - 1)
  expect(countRunning(pidFile)).toBeGreaterThan(0)
  vi.advanceTimersByTime(1)
}

const stopTimers = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })

/** How many run of the tool's process group. One that nobody has waited for yet does not. */
function countRunning(pidFile: string): number {
  const group = readFileSync(pidFile, 'utf8').trim()
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return processes.filter((pid) => {
    const status = readStatus(pid)
    const [state, , processGroup] = status.slice(status.lastIndexOf(')') + 2).split(' ')
    return processGroup === group && state !== 'Z'
  }).length
}

function readStatus(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return ''
  }
}

describe('a reset tool that does not end', () => {
  test.each([
    ['waits for a program of its own', 'sleep 3600; true'],
    ['ignores SIGTERM', 'trap "" TERM INT; sleep 3600; true'],
    ['does its work in the background', 'sleep 3600 & wait'],
  ])('a reset tool that %s is killed with everything it has started', async (_, script) => {
    const { pidFile } = installTool(script)
    stopTimers()
    const resetting = resetByTool('/', '00000000:07:00.0', 1500)
    await passOnceRunning(pidFile, 1500)
    const failure = await resetting
    expect(failure).toMatchObject({ kind: 'timed-out' })
    expect(failure?.text).toMatch(/not ended within 1\.5 s and was killed \(resetting\)/)
    vi.useRealTimers()
    await vi.waitFor(() => expect(countRunning(pidFile)).toBe(0), { timeout: 60_000 })
  })

  test('a reset tool that ends and leaves a program in the background has succeeded', async () => {
    installTool('sleep 30 &\necho done')
    expect(await resetByTool('/', '00000000:07:00.0', 20_000)).toBeNull()
  })

  test('a reset that times out makes the apply fail with MIG_RESET_TIMEOUT, and the mode request is withdrawn', async () => {
    const { pidFile } = installTool('exec sleep 3600')
    using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
    const { reset: _own, ...rest } = machine.library
    const library = { ...rest, root: '/' }
    stopTimers()
    const applying = rejectionOf(
      applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library, resetTimeoutMs: 1500 }),
    )
    await passOnceRunning(pidFile, 1500)
    const error = await applying
    expect(error.code).toBe('MIG_RESET_TIMEOUT')
    expect(error.message).toMatch(/^GPU 0: .*nvidia-smi has not ended within 1\.5 s/)
    expect(error.hint).toMatch(/kernel log.*resetTimeoutMs/)
    expect(error.report).toMatchObject({
      outcome: 'undone',
      gpus: [{ modeStatus: 'refused', resetRequired: true, rebootRequired: false }],
    })
    const [gpu] = (await readMigState({ library })).gpus
    expect(gpu?.mig).toEqual({ enabled: false, pending: false })
  })
})

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '300'])(
  'a time limit of %s is refused',
  async (resetTimeoutMs) => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const options = { library: machine.library, resetTimeoutMs: resetTimeoutMs as number }
    await expect(applyMigConfig(wantOnAll({}), options)).rejects.toThrow(
      /resetTimeoutMs must be a number of milliseconds/,
    )
  },
)
