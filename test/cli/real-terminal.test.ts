import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-terminal-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Python, which builds the addon as well, has terminals in its standard library.
const onTerminal =
  'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'

function status(isTerminal: boolean, env: Readonly<Record<string, string>> = {}): string {
  const command = [process.execPath, cli, 'status', '--simulate', 'A100-SXM4-40GB +mig']
  const all = isTerminal ? ['python3', '-c', onTerminal, ...command] : command
  const [program = '', ...args] = [...all, '--store', join(folder, 'store')]
  const { NO_COLOR: _, ...rest } = process.env
  const { stdout, status } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...rest, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
  })
  expect(status).toBe(0)
  return stdout
}

describe('the command line on a real terminal', () => {
  test('is coloured there, and nowhere else', () => {
    expect(status(true)).toContain('\u001b[')
    expect(status(false)).not.toContain('\u001b[')
  })

  test.each([{ TERM: 'dumb' }, { NO_COLOR: '1' }])('is plain with %j', (env) => {
    expect(status(true, env)).not.toContain('\u001b[')
  })

  test('is coloured with an empty NO_COLOR, which says nothing', () => {
    expect(status(true, { NO_COLOR: '' })).toContain('\u001b[')
  })
})
