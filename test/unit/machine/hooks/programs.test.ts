import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { applyMigConfig, type MigError } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import type { HooksDocument } from '../../../../types/machine/hooks.js'
import { rejectionOf } from '../../../support/errors.js'
import { wantOnAll } from '../../../support/wanted.js'

const config = wantOnAll({ '3g.20gb': 2 })

type ProgramHook = Exclude<
  NonNullable<NonNullable<HooksDocument['hooks']>['apply-exit']>[number],
  (...args: never) => unknown
>

async function failureOf(...hooks: readonly ProgramHook[]): Promise<MigError> {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  return await rejectionOf(
    applyMigConfig(config, { library, hooks: { hooks: { 'apply-start': hooks } } }),
  )
}

function shell(script: string): ProgramHook {
  return { command: 'sh', args: ['-c', script] }
}

test('a hook program runs in its workdir', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hook-')))
  try {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    const events: ApplyEvent[] = []
    const hook = { ...shell('pwd -P'), workdir: folder }
    await applyMigConfig(config, {
      library,
      hooks: { hooks: { 'apply-start': [hook] } },
      onEvent: (event) => void events.push(event),
    })
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'hook-output', text: `${folder}\n` }),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the error of a hook names its position, and of its output the last line', async () => {
  const { message, hook } = await failureOf(
    shell('true'),
    shell('echo one >&2; echo two >&2; exit 3'),
  )
  expect(message).toBe('the hook apply-start[1] (sh) ended with status 3: two')
  expect(hook).toMatchObject({ position: 1, status: 3, stderr: 'one\ntwo\n' })
})

test('the error of a hook without output has none', async () => {
  const { message, hook } = await failureOf(shell('exit 3'))
  expect(message).toBe('the hook apply-start[0] (sh) ended with status 3')
  expect(hook).toMatchObject({ stderr: '' })
})

test('a hook program that a signal ends fails with the name of the signal', async () => {
  const { code, message, hook } = await failureOf(shell('kill -KILL $$'))
  expect(code).toBe('MIG_HOOK_FAILED')
  expect(message).toBe('the hook apply-start[0] (sh) was ended by SIGKILL')
  expect(hook).toMatchObject({ status: null, signal: 'SIGKILL' })
})

test('a hook program that does not exist did not start', async () => {
  const { code, message, hook } = await failureOf({ command: '/nowhere/at-all' })
  expect(code).toBe('MIG_HOOK_FAILED')
  expect(message).toMatch(
    /^the hook apply-start\[0\] \(\/nowhere\/at-all\) did not start: .*ENOENT/,
  )
  expect(hook).toMatchObject({ status: null, signal: null, stderr: '' })
})

test('after a failed apply-exit hook the error says that the machine is as wanted, and why the hook failed', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const cause = new Error('no kubelet')
  const hooks: HooksDocument = {
    hooks: {
      'apply-exit': [
        () => {
          throw cause
        },
      ],
    },
  }
  const error = await rejectionOf(applyMigConfig(config, { library: machine.library, hooks }))
  expect(error.message).toBe(
    'the hook apply-exit[0] (a function) failed: no kubelet; the machine is as wanted',
  )
  expect(error.cause).toBe(cause)
  expect(error.hook).toMatchObject({ point: 'apply-exit', position: 0, status: null })
})
