import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { showsUnicode } from '../../lib/cli/print/terminal.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { type CliRun, runInProcess } from './run-in-process.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-terminal-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Sets the title, clears the screen, clears the line, starts a command in another way, and reverses text.
const commands = '\u001b]0;mine\u0007\u001b[2J\r\u001b[2K\u009b8m\u202e'
const written = '\\u001b]0;mine\\u0007\\u001b[2J\\u000d\\u001b[2K\\u009b8m\\u202e'

function documentOf(config: string, devices: Readonly<Record<string, number>>): string {
  const entry = { devices: 'all', 'mig-enabled': true, 'mig-devices': devices }
  return JSON.stringify({ version: 'v1', 'mig-configs': { [config]: [entry] } })
}

function expectHarmless({ out, err }: CliRun): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(out + err).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
  expect(out + err).toContain(written)
}

test('control characters in the name of a configuration are escaped, in a plan and in an error', async () => {
  const plan = ['plan', '-f', '-', '--simulate', 'A30', '--store', join(folder, 'names')]
  expectHarmless(await runInProcess(plan, { input: documentOf(`\n${commands}`, { '1g.6gb': 4 }) }))
  expectHarmless(await runInProcess(plan, { input: documentOf(commands, { '1g.5gb': 4 }) }))
  const { out } = await runInProcess([...plan, '--json'], {
    input: documentOf(commands, { '1g.6gb': 4 }),
  })
  expect(JSON.parse(out)).toMatchObject({ config: commands })
})

test('control characters in the name of a process are escaped', async () => {
  const store = join(folder, 'processes')
  const machine = createSimulatedMachine('A30 +mig', { store })
  const apply = ['apply', '-f', '-', '--store', store]
  await runInProcess(apply, { input: documentOf('whole', { '4g.24gb': 1 }) })
  const id = machine.describe().gpus[0]?.gpuInstances[0]?.id ?? -1
  const place = { gpu: 0, gpuInstanceId: id, computeInstanceId: 0 }
  machine.addProcess({ pid: 4711, name: commands, ...place })
  machine.close()
  const run = await runInProcess(apply, { input: documentOf('parts', { '1g.6gb': 4 }) })
  expect(run.status).toBe(1)
  expect(run.err).toContain('4711')
  expect(run.err).not.toContain('\u001b')
})

test.each([
  [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false],
  [{ LC_ALL: '', LC_CTYPE: 'de_DE.ISO-8859-1' }, false],
  [{ LANG: 'POSIX' }, false],
  [{ LANG: 'C.utf8' }, true],
  [{ LC_CTYPE: 'en_US.UTF-8', LANG: 'C' }, true],
  [{}, true],
])('whether a terminal with %o shows more than ASCII: %s', (env, expected) => {
  expect(showsUnicode(env)).toBe(expected)
})

test('a terminal without Unicode gets only ASCII, also in messages and progress', async () => {
  const terminal = { unicode: false, live: true }
  const store = join(folder, 'ascii')
  const machine = ['--simulate', '2x A30 +mig, T4', '--store', store]
  const apply = ['apply', '-f', '-', '--matching', 'lenient', ...machine]
  const runs = [
    await runInProcess(apply, { ...terminal, input: documentOf('a', { '2g.12gb': 1 }) }),
    await runInProcess(apply, { ...terminal, input: documentOf('b', { '2g.12gb': 3 }) }),
    await runInProcess(['status', ...machine], terminal),
    await runInProcess(['profiles', ...machine], terminal),
  ]
  expect(runs.map(({ status }) => status)).toEqual([0, 1, 0, 0])
  for (const { out, err } of runs) expect(out + err).toMatch(/^\p{ASCII}*$/u)
})

test('in a pipe, the pictures of a plan have at most 80 columns', () => {
  const store = join(folder, 'wide')
  createSimulatedMachine('A30, A100-SXM4-40GB', { store }).close()
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
  const args = [main, 'plan', '--gpu', '0', '4g.24gb', '--store', store]
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(status).toBe(0)
  expect(stdout).toMatch(/^GPU 0 {2}after .*MIG on$/m)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})
