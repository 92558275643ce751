import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { resetByTool } from '../../../lib/driver/reset/nvidia-smi.js'
import { applyMigConfig, readMigState } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator/index.js'
import { rejectionOf } from '../../support/errors.js'
import { fakeRoot } from '../../support/root-tree.js'
import { wantOnAll } from '../../support/wanted.js'

const path = process.env['PATH']
afterEach(() => {
  process.env['PATH'] = path
})

/** An `nvidia-smi` that notes its process id, and does what the script says. */
function installTool(script: string): { readonly pidFile: string } {
  const folder = fakeRoot()
  const pidFile = join(folder, 'pid')
  writeFileSync(join(folder, 'nvidia-smi'), `#!/bin/sh\necho $$ > ${pidFile}\n${script}\n`)
  chmodSync(join(folder, 'nvidia-smi'), 0o755)
  process.env['PATH'] = `${folder}:${path}`
  return { pidFile }
}

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

describe('a tool that does not come to its end', () => {
  test.each([
    ['waits for a program of its own', 'echo resetting; sleep 3600'],
    ['does not end when it is asked to', 'trap "" TERM INT; echo resetting; sleep 3600'],
    ['leaves its work to the background', 'echo resetting; sleep 3600 & wait'],
  ])('and %s is killed with all that it has started', async (_, script) => {
    const { pidFile } = installTool(script)
    const failure = await resetByTool('/', '00000000:07:00.0', 1500)
    expect(failure).toMatchObject({ kind: 'timed-out' })
    expect(failure?.text).toMatch(/not ended within 1\.5 s and was killed \(resetting\)/)
    await vi.waitFor(() => expect(countRunning(pidFile)).toBe(0), { timeout: 60_000 })
  })

  test('is not taken for one that has merely left something in the background', async () => {
    installTool('sleep 30 &\necho done')
    expect(await resetByTool('/', '00000000:07:00.0', 20_000)).toBeNull()
  })

  test('makes the apply fail with a code of its own, and the mode is called back', async () => {
    const { pidFile } = installTool('exec sleep 3600')
    using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
    const { reset: _own, ...rest } = machine.library
    const library = { ...rest, root: '/' }
    const error = await rejectionOf(
      applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library, resetTimeoutMs: 1500 }),
    )
    expect(error.code).toBe('MIG_RESET_TIMEOUT')
    expect(error.message).toMatch(/^GPU 0: .*nvidia-smi has not ended within 1\.5 s/)
    expect(error.hint).toMatch(/kernel log.*resetTimeoutMs/)
    expect(error.report).toMatchObject({
      outcome: 'undone',
      gpus: [{ modeStatus: 'refused', resetRequired: true, rebootRequired: false }],
    })
    expect(existsSync(pidFile)).toBe(true)
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
