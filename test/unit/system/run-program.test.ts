import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { type ProgramOptions, runProgram } from '../../../lib/system/run-program.js'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mig-nvml-hooks-')))
afterAll(() => rmSync(folder, { recursive: true }))

const graceMs = 2000

/** What a test says of a run: how it ended, and what it wrote to standard output. */
async function run(
  command: string,
  args: readonly string[] = [],
  options: Partial<ProgramOptions> = {},
): Promise<object> {
  let stdout = ''
  const end = await runProgram(command, args, {
    env: {},
    graceMs,
    onOutput: (stream, text) => {
      if (stream === 'stdout') stdout += text
    },
    ...options,
  })
  return { ...end, stdout }
}

test('a program has the environment that it is given, and nothing else', async () => {
  // `env` of the shell would have its own variables; the system's own program has none.
  expect(await run('env', [], { env: { A: 'one', B: 'two words' } })).toMatchObject({
    kind: 'ended',
    status: 0,
    stdout: 'A=one\nB=two words\n',
  })
})

test('the PATH of this process says where a program is', async () => {
  writeFileSync(join(folder, 'mine'), '#!/bin/sh\necho found\n')
  chmodSync(join(folder, 'mine'), 0o755)
  const { PATH } = process.env
  process.env['PATH'] = `${folder}:${PATH}`
  try {
    expect(await run('mine')).toMatchObject({ stdout: 'found\n' })
  } finally {
    process.env['PATH'] = PATH
  }
  expect(await run('mine')).toMatchObject({
    kind: 'not-started',
    error: { message: 'ENOENT: no such program in PATH, mine' },
  })
})

test('a program runs in its folder', async () => {
  expect(await run('pwd', [], { folder })).toMatchObject({ stdout: `${folder}\n` })
  expect(await run('./mine', [], { folder })).toMatchObject({ stdout: 'found\n' })
  expect(await run('pwd', [], { folder: join(folder, 'no') })).toMatchObject({
    kind: 'not-started',
    error: { message: `no folder ${join(folder, 'no')}` },
  })
})

test('a missing program does not start', async () => {
  expect(await run('/no/such/program')).toMatchObject({
    kind: 'not-started',
    error: { message: expect.stringMatching(/ENOENT/) },
  })
})

test('the end of a program has its status, its signal and the last of its output', async () => {
  expect(await run('sh', ['-c', 'echo one >&2; echo two >&2; exit 3'])).toMatchObject({
    status: 3,
    signal: null,
    isStopped: false,
    output: { stderr: 'one\ntwo\n' },
  })
  expect(await run('sh', ['-c', 'kill -9 $$'])).toMatchObject({ status: null, signal: 'SIGKILL' })
})

test('only the last part of long output is kept', async () => {
  const print = 'i=0; while [ $i -lt 3000 ]; do echo $i >&2; i=$((i+1)); done'
  const end = await runProgram('sh', ['-c', print], { env: {}, graceMs })
  const { all, stderr } = end.kind === 'ended' ? end.output : { all: '', stderr: '' }
  expect(stderr.length).toBeLessThan(5000)
  expect(stderr).toMatch(/2999\n$/)
  expect(all).toBe(stderr)
})

test('a program in the background that keeps the pipes open does not delay the end', async () => {
  let stdout = ''
  const end = await runProgram('sh', ['-c', 'echo begun; sleep 3600 & echo $!'], {
    env: {},
    graceMs,
    onOutput: (_, text) => {
      stdout += text
    },
  })
  expect(end).toMatchObject({ kind: 'ended', status: 0 })
  expect(stdout).toMatch(/^begun/)
  // It was still there to be ended.
  expect(spawnSync('kill', [stdout.split('\n')[1] ?? '']).status).toBe(0)
})

/** Runs a script, and stops it with a signal as soon as it has written something. */
async function stopOnOutput(script: string, grace: number) {
  const abort = new AbortController()
  const words: string[] = []
  const end = await runProgram('sh', ['-c', script], {
    env: {},
    graceMs: grace,
    signal: abort.signal,
    onOutput: (_, text) => {
      words.push(text.trim())
      abort.abort()
    },
  })
  return { end, words }
}

/** Resolves when no process has this id, or a zombie that its new parent has not collected yet. */
async function untilGone(pid: string | undefined): Promise<void> {
  const readStat = (): string =>
    spawnSync('sh', ['-c', `cat /proc/${pid}/stat 2>/dev/null`], { encoding: 'utf8' }).stdout
  await vi.waitFor(() => expect(readStat()).toMatch(/^$| Z /), { timeout: 60_000 })
}

test('a signal ends a program together with everything it has started', async () => {
  const { end, words } = await stopOnOutput('sleep 3600 & echo $!; wait', graceMs)
  expect(end).toMatchObject({ kind: 'ended', signal: 'SIGTERM', isStopped: true })
  expect(words).toHaveLength(1)
  await untilGone(words[0])
})

test('a program that ignores SIGTERM gets SIGKILL after its grace, and so does everything it has started', async () => {
  const script = 'trap "" TERM; sleep 3600 & echo $!; wait'
  const { end, words } = await stopOnOutput(script, 20)
  expect(end).toMatchObject({ kind: 'ended', signal: 'SIGKILL', isStopped: true })
  await untilGone(words[0])
})

test('a program without a grace gets SIGKILL when its time is up', async () => {
  const end = await runProgram('sh', ['-c', 'trap "exit 0" TERM; sleep 3600 & wait'], {
    env: {},
    graceMs: 0,
    timeoutMs: 20,
  })
  expect(end).toMatchObject({ kind: 'ended', signal: 'SIGKILL', isStopped: true })
})

test('a signal that is aborted already stops a program at once', async () => {
  const end = await run('sleep', ['3600'], { signal: AbortSignal.abort() })
  expect(end).toMatchObject({ kind: 'ended', signal: 'SIGTERM', isStopped: true })
})
