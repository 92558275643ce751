import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { formatDuration } from '../../lib/cli/print/duration.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { SimulatedFault } from '../../types/simulator/machine.js'
import { wantOnAll } from '../support/wanted.js'
import { drawnLines, runInProcess } from './run-in-process.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const kubecon = fileURLToPath(new URL('../../examples/kubecon-demo.yaml', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-progress-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let store = ''
let count = 0
beforeEach(() => {
  store = join(folder, `${count++}.store`)
})

function createMachine(fault?: SimulatedFault): void {
  const machine = createSimulatedMachine('A100-SXM4-40GB +mig', { store })
  if (fault !== undefined) machine.fail(fault)
  machine.close()
}

const input = JSON.stringify(wantOnAll({ '3g.20gb': 2 }))
const apply = (): readonly string[] => ['apply', '-f', '-', '--store', store]

test.each([
  [3.24, '3.2 ms'],
  [999.94, '999.9 ms'],
  [999.96, '1.0 s'],
  [21_400, '21.4 s'],
])('a duration of %d milliseconds prints as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

describe('an apply', () => {
  test('an apply prints a line for each step if a program reads its output', async () => {
    createMachine()
    const { out, err } = await runInProcess(apply(), { input })
    expect(err).toBe('')
    expect(out.match(/^GPU 0: create .* ms$/gm)).toHaveLength(4)
  })

  test('an apply on a terminal shows one line that fills up and disappears', async () => {
    createMachine()
    const { out, err } = await runInProcess(apply(), { input, live: true, columns: 60 })
    expect(out).not.toMatch(/create/)
    expect(out).toMatch(/applied successfully/)
    const lines = drawnLines(err)
    expect(lines.some((line) => line.includes(' 0/4 '))).toBe(true)
    expect(lines.at(-1)).toContain(' 4/4 ')
    for (const line of lines) expect(line.length).toBeLessThan(60)
    expect(err.endsWith('\r\u001b[2K')).toBe(true)
  })

  test('an apply on a terminal prints failures in lines of their own', async () => {
    createMachine({
      fn: 'nvmlGpuInstanceCreateComputeInstance',
      nth: 2,
      error: 'NVML_ERROR_UNKNOWN',
    })
    const { status, err } = await runInProcess(apply(), { input, live: true })
    expect(status).toBe(1)
    const lines = err.split('\n').map((line) => line.split('\r').at(-1)?.replace('\u001b[2K', ''))
    expect(lines).toContainEqual(expect.stringMatching(/^failed: GPU 0: create/))
    expect(lines).toContain('undoing the changes of GPU 0')
    expect(lines).toContainEqual(expect.stringMatching(/^GPU 0: removed the new .* at \d:\d$/))
  })

  test('an apply with --json prints only data', async () => {
    createMachine()
    const { out, err } = await runInProcess([...apply(), '--json'], { input, live: true })
    expect(err).toBe('')
    expect(JSON.parse(out)).toMatchObject({ outcome: 'applied' })
  })
})

// A tool of util-linux that runs a program with a terminal of its own.
const script = '/usr/bin/script'

describe.skipIf(!existsSync(script))('on a real terminal', () => {
  async function show(env: Readonly<Record<string, string>>): Promise<string> {
    const command = `'${process.execPath}' '${cli}' apply -f '${kubecon}' -c all-3g.20gb --store '${store}'`
    const { stdout } = await promisify(execFile)(script, ['-qec', command, '/dev/null'], {
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', ...env },
    })
    return stdout
  }
  const erased = '\r\u001b[2K'
  const bold = '\u001b[1m'

  test('a real terminal gets colour and progress', async () => {
    createMachine()
    const shown = await show({})
    expect(shown).toContain(bold)
    expect(shown).toMatch(/█+ 4\/4/)
  })

  test('NO_COLOR removes the colour and keeps the progress', async () => {
    createMachine()
    const shown = await show({ NO_COLOR: '1' })
    expect(shown.replaceAll(erased, '')).not.toContain('\u001b')
    expect(shown).toMatch(/█+ 4\/4/)
  })

  test('TERM=dumb removes colour and progress', async () => {
    createMachine()
    const shown = await show({ TERM: 'dumb' })
    expect(shown).not.toContain('\u001b')
    expect(shown).toMatch(/^GPU 0: create/m)
  })
})
