import { describe, expect, test } from 'vitest'
import { applyMigConfig, readMigState } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import type { HookContext, HooksInput } from '../../../../types/machine/hooks.js'
import { rejectionOf } from '../../../support/errors.js'
import { wantOnAll } from '../../../support/wanted.js'

const config = wantOnAll({ '3g.20gb': 2 })

describe('a hook that fails before the first step', () => {
  test.each(['apply-start', 'pre-apply-config'] as const)(
    'a hook before the first step that fails changes nothing: %s',
    async (point) => {
      using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
      const library = machine.library
      const ran: string[] = []
      const hooks: HooksInput = {
        hooks: {
          [point]: [
            { command: 'sh', args: ['-c', 'echo no kubelet >&2; exit 7'] },
            () => void ran.push('the next one'),
          ],
          'apply-exit': [({ error }: HookContext) => void ran.push(`exit: ${error?.message}`)],
        },
      }
      const error = await rejectionOf(applyMigConfig(config, { library, hooks }))
      expect(error.code).toBe('MIG_HOOK_FAILED')
      expect(error.message).toBe(`the hook ${point}[0] (sh) ended with status 7: no kubelet`)
      expect(error.hook).toEqual({
        point,
        position: 0,
        name: 'sh',
        status: 7,
        signal: null,
        stderr: 'no kubelet\n',
      })
      expect(machine.callCounts().changing).toBe(0)
      // Not after a failed apply-start hook, whose effects are unknown.
      expect(ran).toEqual(point === 'apply-start' ? [] : [`exit: ${error.message}`])
    },
  )

  test('the error of a hook that is a function is the cause', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const cause = new Error('no way')
    async function stopServices(): Promise<never> {
      throw cause
    }
    const hooks = { hooks: { 'pre-apply-config': [stopServices] } }
    const error = await rejectionOf(applyMigConfig(config, { library: machine.library, hooks }))
    expect(error).toMatchObject({ code: 'MIG_HOOK_FAILED', hook: { name: 'stopServices' } })
    expect(error.cause).toBe(cause)
  })
})

describe('apply-exit', () => {
  test('a failing apply-exit hook fails an apply that succeeded, and the error has its report', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const library = machine.library
    const hooks = 'hooks: {apply-exit: [{command: "false"}]}'
    const error = await rejectionOf(applyMigConfig(config, { library, hooks }))
    expect(error).toMatchObject({
      code: 'MIG_HOOK_FAILED',
      hook: { point: 'apply-exit', status: 1 },
      report: { outcome: 'applied' },
    })
    expect((await readMigState({ library })).gpus[0]?.gpuInstances).toHaveLength(2)
  })

  test('a failing apply-exit hook does not hide why the apply failed', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const told: string[] = []
    machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      error: 'NVML_ERROR_UNKNOWN',
    })
    let seen: HookContext | undefined
    const exit = (context: HookContext): void => {
      seen = context
      throw new Error('and this, too')
    }
    const error = await rejectionOf(
      applyMigConfig(config, {
        library: machine.library,
        hooks: { hooks: { 'apply-exit': [exit] } },
        onEvent: ({ kind }) => void told.push(kind),
      }),
    )
    expect(error.code).toBe('MIG_STEP_FAILED')
    expect(told).toContain('hook-failed')
    expect(seen?.error).toBe(error)
    expect(seen?.report?.outcome).toBe('undone')
  })
})

describe('a signal', () => {
  test('an abort ends a hook program and changes nothing, and apply-exit hooks still run', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const abort = new AbortController()
    const reason = new Error('too long')
    const ran: string[] = []
    const error = await rejectionOf(
      applyMigConfig(config, {
        library: machine.library,
        signal: abort.signal,
        hooks: {
          hooks: {
            'pre-apply-config': [{ command: 'sleep', args: ['60'] }],
            'apply-exit': [
              { command: 'true' },
              ({ signal }: HookContext) => void ran.push(signal.aborted ? 'aborted' : 'exit'),
            ],
          },
        },
        onEvent: (event) => {
          if (event.kind === 'hook-started' && event.hook.name === 'sleep') abort.abort(reason)
        },
      }),
    )
    expect(error).toMatchObject({ code: 'ABORT_ERR', name: 'AbortError', cause: reason })
    expect(ran).toEqual(['exit'])
    expect(machine.callCounts().changing).toBe(0)
  })
})

test('an abort during apply-exit ends the hook, and the error has the report of the apply', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const abort = new AbortController()
  const error = await rejectionOf(
    applyMigConfig(config, {
      library: machine.library,
      signal: abort.signal,
      hooks: { hooks: { 'apply-exit': [{ command: 'sleep', args: ['60'] }] } },
      onEvent: ({ kind }) => {
        if (kind === 'hook-started') abort.abort()
      },
    }),
  )
  expect(error).toMatchObject({
    code: 'ABORT_ERR',
    name: 'AbortError',
    message: 'the apply was stopped; the machine is as wanted',
    report: { outcome: 'applied' },
  })
})

test('the output of hooks and their durations are events', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const events: ApplyEvent[] = []
  await applyMigConfig(config, {
    library: machine.library,
    hooks: 'hooks: {apply-start: [{command: sh, args: [-c, echo out; echo err >&2]}]}',
    onEvent: (event) => void events.push(event),
  })
  const hook = { point: 'apply-start', position: 0, name: 'sh' }
  expect(events[0]).toEqual({ kind: 'hook-started', hook })
  expect(events).toContainEqual({ kind: 'hook-output', hook, stream: 'stdout', text: 'out\n' })
  expect(events).toContainEqual({ kind: 'hook-output', hook, stream: 'stderr', text: 'err\n' })
  expect(events).toContainEqual({ kind: 'hook-done', hook, durationMs: expect.any(Number) })
})
