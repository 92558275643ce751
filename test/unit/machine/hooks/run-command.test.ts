import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { type CommandEnd, runCommand } from '../../../../lib/machine/hooks/run-command.js'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mig-nvml-hooks-')))
afterAll(() => rmSync(folder, { recursive: true }))

interface Ran extends CommandEnd {
  readonly stdout: string
}

async function run(
  command: string,
  args: readonly string[] = [],
  more: { workdir?: string; env?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Ran> {
  let stdout = ''
  const { workdir = '', env = {}, signal = new AbortController().signal } = more
  const end = await runCommand(
    { command, args, envs: {}, workdir },
    {
      env,
      signal,
      onOutput: (stream, text) => {
        if (stream === 'stdout') stdout += text
      },
    },
  )
  return { ...end, stdout }
}

test('the environment is what was given, and nothing else', async () => {
  // `env` of the shell would have its own variables; the system's own program has none.
  const { stdout, status } = await run('env', [], { env: { A: 'one', B: 'two words' } })
  expect(stdout.split('\n').sort()).toEqual(['', 'A=one', 'B=two words'])
  expect(status).toBe(0)
})

test('a name is looked for in the PATH of this process', async () => {
  writeFileSync(join(folder, 'mine'), '#!/bin/sh\necho found\n')
  chmodSync(join(folder, 'mine'), 0o755)
  const { PATH } = process.env
  process.env['PATH'] = `${folder}:${PATH}`
  try {
    expect(await run('mine')).toMatchObject({ stdout: 'found\n' })
  } finally {
    process.env['PATH'] = PATH
  }
  expect(await run('mine')).toMatchObject({ status: null, problem: expect.stringMatching(/PATH/) })
})

test('it runs in its folder', async () => {
  expect(await run('pwd', [], { workdir: folder })).toMatchObject({ stdout: `${folder}\n` })
  expect(await run('./mine', [], { workdir: folder })).toMatchObject({ stdout: 'found\n' })
  expect(await run('pwd', [], { workdir: join(folder, 'no') })).toMatchObject({
    problem: `no folder ${join(folder, 'no')}`,
  })
})

test('its end is data: status, signal, the last of standard error', async () => {
  expect(await run('sh', ['-c', 'echo one >&2; echo two >&2; exit 3'])).toMatchObject({
    status: 3,
    signal: null,
    stderr: 'one\ntwo\n',
  })
  expect(await run('sh', ['-c', 'kill -9 $$'])).toMatchObject({ status: null, signal: 'SIGKILL' })
  const long = await run('sh', [
    '-c',
    'i=0; while [ $i -lt 3000 ]; do echo $i >&2; i=$((i+1)); done',
  ])
  expect(long.stderr.length).toBeLessThan(5000)
  expect(long.stderr).toMatch(/2999\n$/)
  expect(await run('/no/such/program')).toMatchObject({ problem: expect.stringMatching(/ENOENT/) })
})

test('a program in the background that keeps the pipes does not keep us', async () => {
  const { stdout, status } = await run('sh', ['-c', 'echo begun; sleep 3600 & echo $!'])
  expect(status).toBe(0)
  expect(stdout).toMatch(/^begun/)
  // It was still there to be ended.
  expect(spawnSync('kill', [stdout.split('\n')[1] ?? '']).status).toBe(0)
})

test('a signal ends it together with what it has started', async () => {
  const abort = new AbortController()
  const pids: string[] = []
  const end = runCommand(
    { command: 'sh', args: ['-c', 'sleep 3600 & echo $!; wait'], envs: {}, workdir: '' },
    {
      env: {},
      signal: abort.signal,
      onOutput: (_, text) => {
        pids.push(text.trim())
        abort.abort()
      },
    },
  )
  expect(await end).toMatchObject({ signal: 'SIGTERM' })
  expect(pids).toHaveLength(1)
  const readStat = (): string =>
    spawnSync('sh', ['-c', `cat /proc/${pids[0]}/stat 2>/dev/null`], { encoding: 'utf8' }).stdout
  // Gone, or a zombie that its new parent has not collected yet.
  await vi.waitFor(() => expect(readStat()).toMatch(/^$| Z /), { timeout: 60_000 })
})
