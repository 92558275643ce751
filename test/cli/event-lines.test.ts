// The line of each event of an apply, and the parts that lines are made of.
import { describe, expect, test } from 'vitest'
import type { Terminal } from '../../lib/cli/parse/verb.js'
import { alignColumns, alignTexts } from '../../lib/cli/print/columns.js'
import { describeEvent, describeRecovered } from '../../lib/cli/print/describe-event.js'
import { formatDuration } from '../../lib/cli/print/duration.js'
import { printError } from '../../lib/cli/print/errors.js'
import { wrap, wrapParts } from '../../lib/cli/print/wrap.js'
import { MigError, NvmlError } from '../../lib/errors.js'
import type { ApplyEvent } from '../../types/machine/events.js'
import type { PlanStep } from '../../types/machine/plan.js'
import type { RecoveredGpu } from '../../types/machine/report.js'

const gpu = 'GPU-00000000-0000-0000-0000-000000000003'
const on = { gpu, gpuIndex: 3 } as const
const four = { start: 4, size: 4 }
const mode: PlanStep = { ...on, kind: 'set-mig-mode', enabled: true }
const made: PlanStep = {
  ...on,
  kind: 'create-gpu-instance',
  profileId: 9,
  profileName: '3g.20gb',
  placement: four,
}
const gone: PlanStep = { ...made, kind: 'destroy-gpu-instance', gpuInstanceId: 2 }
const part = {
  ...on,
  gpuInstancePlacement: four,
  name: '2c.3g.20gb',
  sliceCount: 2,
  placement: null,
}
const partMade: PlanStep = { ...part, kind: 'create-compute-instance', gpuInstanceProfileId: 9 }
const partGone: PlanStep = {
  ...part,
  kind: 'destroy-compute-instance',
  gpuInstanceId: 2,
  computeInstanceId: 1,
  profileId: 1,
  uuid: null,
}
const plan = { config: 'x', gpus: [], warnings: [] }
const hook = { point: 'apply-start', name: 'drain' } as const
const client = { kind: 'unit', name: 'a.service' } as const
const recovered: RecoveredGpu = {
  gpu,
  gpuIndex: 3,
  config: 'x',
  by: '7 node',
  left: ['1g.5gb: 1 present, 0 wanted'],
  outcome: 'undone',
  reason: null,
}

const lineOf = (event: ApplyEvent, debug = false): string | null =>
  describeEvent(event, { debug, nameOf: (uuid) => (uuid === gpu ? 'GPU 3' : uuid) })?.text ?? null

describe('the line of an event', () => {
  test.each<[ApplyEvent, string | null]>([
    [
      { kind: 'waiting-for-lock', path: '/run/lock', holder: '7 node' },
      'waiting for /run/lock, held by 7 node',
    ],
    [{ kind: 'waiting-for-lock', path: '/run/lock', holder: null }, 'waiting for /run/lock'],
    [{ kind: 'planned', plan }, null],
    [
      { kind: 'planned', plan: { ...plan, warnings: ['one', 'two'] } },
      'warning: one\nwarning: two',
    ],
    [
      { kind: 'recovering', gpu, config: 'x', by: '7 node' },
      'GPU 3: an apply of x by 7 node was interrupted; cleaning up after it',
    ],
    [{ kind: 'recovered', recovered }, 'GPU 3: undone\n  found: 1g.5gb: 1 present, 0 wanted'],
    [{ kind: 'reset-started', ...on }, 'GPU 3: resetting'],
    [{ kind: 'reset-done', ...on }, 'GPU 3: reset'],
    [{ kind: 'step-done', step: mode, durationMs: 3.25 }, 'GPU 3: turn MIG mode on  3.3 ms'],
    [
      { kind: 'step-failed', step: made, error: new Error('refused') },
      'failed: GPU 3: create GPU instance 3g.20gb at 4:4: refused',
    ],
    [{ kind: 'undo-started', gpu, cause: new Error('x') }, 'undoing the changes of GPU 3'],
    [{ kind: 'step-undone', step: mode }, 'GPU 3: turned MIG mode off again'],
    [{ kind: 'step-undone', step: { ...mode, enabled: false } }, 'GPU 3: turned MIG mode on again'],
    [{ kind: 'step-undone', step: made }, 'GPU 3: removed the new GPU instance 3g.20gb at 4:4'],
    [{ kind: 'step-undone', step: gone }, 'GPU 3: made GPU instance 3g.20gb at 4:4 again'],
    [
      { kind: 'step-undone', step: partMade },
      'GPU 3: removed the new compute instance 2c.3g.20gb in the GPU instance at 4:4',
    ],
    [
      { kind: 'step-undone', step: partGone },
      'GPU 3: made compute instance 2c.3g.20gb in the GPU instance at 4:4 again',
    ],
    [{ kind: 'hook-done', hook, durationMs: 2000 } as ApplyEvent, 'hook apply-start: drain  2.0 s'],
    [{ kind: 'hook-failed', hook, error: new Error('exit 1') } as ApplyEvent, 'failed: exit 1'],
    [{ kind: 'client-stopped', client } as ApplyEvent, 'stopped the unit a.service'],
    [{ kind: 'client-started', client } as ApplyEvent, 'started the unit a.service'],
    [{ kind: 'client-failed', client, error: new Error('exit 2') } as ApplyEvent, 'failed: exit 2'],
  ])('the line of the event %o is %j', (event, line) => {
    expect(lineOf(event)).toBe(line)
    expect(lineOf(event, true)).toBe(line)
  })

  test.each<[ApplyEvent, string]>([
    [
      { kind: 'step-started', step: gone },
      'starting: GPU 3: destroy GPU instance 2 (3g.20gb at 4:4)',
    ],
    [{ kind: 'hook-started', hook } as ApplyEvent, 'starting: hook apply-start: drain'],
    [{ kind: 'hook-output', hook, text: 'a\nb\n' } as ApplyEvent, 'a\nb'],
    [{ kind: 'verified' }, 'verified'],
  ])('the event %o has a line only with --debug: %j', (event, line) => {
    expect(lineOf(event)).toBeNull()
    expect(lineOf(event, true)).toBe(line)
  })

  test('only what belongs to a normal run is routine', () => {
    const isRoutine = (event: ApplyEvent) =>
      describeEvent(event, { debug: true, nameOf: String })?.routine
    expect(isRoutine({ kind: 'step-done', step: made, durationMs: 1 })).toBe(true)
    expect(isRoutine({ kind: 'reset-started', ...on })).toBe(true)
    expect(isRoutine({ kind: 'step-undone', step: made })).toBe(false)
    expect(isRoutine({ kind: 'step-failed', step: made, error: new Error('x') })).toBe(false)
    expect(isRoutine({ kind: 'planned', plan: { ...plan, warnings: ['x'] } })).toBe(false)
  })

  test('a recovered GPU that is not there has its UUID, and the reason stands behind the outcome', () => {
    expect(
      describeRecovered({
        ...recovered,
        gpuIndex: null,
        left: [],
        outcome: 'kept',
        reason: 'lost',
      }),
    ).toBe(`${gpu}: kept: lost`)
  })
})

describe('the parts of a line', () => {
  test.each([
    [0, '0.0 ms'],
    [999.94, '999.9 ms'],
    [999.95, '1.0 s'],
    [61_249, '61.2 s'],
  ])('%d ms print as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('text is wrapped at spaces, as late as the width allows, and a long word has a line of its own', () => {
    expect(wrap('aa bb cc', 5)).toEqual(['aa bb', 'cc'])
    expect(wrap('aa bb cc', 4)).toEqual(['aa', 'bb', 'cc'])
    expect(wrap('aa longest bb', 4)).toEqual(['aa', 'longest', 'bb'])
    expect(wrapParts(['usage', '[-a]', '[-b]'], 10, '  ')).toEqual(['usage [-a]', '  [-b]'])
    expect(wrapParts(['usage', '[-a]', '[-b]'], 9, '  ')).toEqual(['usage', '  [-a]', '  [-b]'])
  })

  test('columns have the width of their longest cell; numbers stand at the right, text at the left', () => {
    expect(
      alignColumns([
        ['name', 'count', 'size', 'note'],
        ['a', '1', '10', ''],
        ['longer', '1000000', '5', 'x'],
      ]),
    ).toEqual(['name      count  size  note', 'a             1    10', 'longer  1000000     5  x'])
    expect(
      alignTexts([
        ['a', 'b', 'c'],
        ['long', 'b', ''],
      ]),
    ).toEqual(['a     b  c', 'long  b'])
  })
})

describe('an error on the terminal', () => {
  function printed(error: unknown, format: Partial<Parameters<typeof printError>[2]> = {}) {
    let out = ''
    let err = ''
    const terminal = {
      out: (text: string) => {
        out += text
      },
      err: (text: string) => {
        err += text
      },
    } as unknown as Terminal
    printError(error, terminal, { json: false, oneLine: false, debug: false, ...format })
    return { out, err }
  }

  test('an error has its code, its message and its hint, with options as the command line has them', () => {
    const error = new MigError('MIG_RESET_REQUIRED', 'it waits', {
      hint: 'apply with the option skipReset,\nor the option modeOnly',
    })
    expect(printed(error)).toEqual({
      out: '',
      err: 'mig-nvml: MIG_RESET_REQUIRED: it waits\nhint: apply with --skip-reset,\n      or --mode-only\n',
    })
    expect(printed(new MigError('MIG_IN_USE', 'busy'))).toEqual({
      out: '',
      err: 'mig-nvml: MIG_IN_USE: busy\n',
    })
  })

  test('an error of NVML has a hint where one is known, and any other thing is printed as it is', () => {
    const lost = new NvmlError({ ret: 15, fn: 'nvmlDeviceGetMigMode' })
    expect(printed(lost).err).toMatch(
      /\nhint: the GPU fell off the bus: it needs a reset or a reboot\n$/,
    )
    expect(printed(new Error('plain')).err).toBe('mig-nvml: plain\n')
    expect(printed('text').err).toBe('mig-nvml: text\n')
  })

  test('with --json, the error is on standard output, too, and with --debug its stack and its causes', () => {
    const error = new MigError('MIG_IN_USE', 'busy', { cause: new Error('below') })
    const run = printed(error, { json: true, debug: true })
    expect(JSON.parse(run.out)).toMatchObject({ error: { code: 'MIG_IN_USE', message: 'busy' } })
    expect(run.out.split('\n').length).toBeGreaterThan(2)
    expect(run.err).toMatch(
      /^mig-nvml: MIG_IN_USE: busy\n.*busy\n +at [\s\S]*\ncaused by Error: below\n/,
    )
    expect(printed(error, { json: true, oneLine: true }).out.trimEnd()).not.toContain('\n')
  })
})
