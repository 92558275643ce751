import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { addonPath, controlAddonPath, simulatorPath } from '../../support/native-paths.js'

const fixture = fileURLToPath(new URL('fixtures/leave-in-call.mjs', import.meta.url))

async function leave(
  way: string,
): Promise<{ code: number | null; signal: string | null; output: string }> {
  const child = spawn(
    process.execPath,
    [fixture, addonPath(), simulatorPath(), controlAddonPath(), way],
    {
      env: { ...process.env, MIG_SIMULATOR_MACHINE: '1x A100-SXM4-40GB' },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { code, signal, output }
}

// A crash would show as a signal, or as another exit code.
test.each([
  ['by process.exit()', 'exit', { code: 7, signal: null }],
  ['by an uncaught error', 'throw', { code: 1, signal: null }],
  ['by a signal', 'kill', { code: null, signal: 'SIGTERM' }],
  [
    'by running out of work, after the answer',
    'end',
    { code: 0, signal: null, output: 'answered' },
  ],
])(
  'a process that ends %s in the middle of a driver call does not crash',
  async (_, way, expected) => {
    expect(await leave(way)).toMatchObject(expected)
  },
)
