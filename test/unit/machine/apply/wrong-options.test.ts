import { describe, expect, test } from 'vitest'
import * as mig from '../../../../lib/index.js'
import { openNvml } from '../../../../lib/nvml.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { configure } from '../../../support/configure.js'
import { fakeRoot } from '../../../support/root-tree.js'

type Call = (options: never) => unknown

const wanted = configure({ '3g.20gb': 2 })
const empty = {
  version: 'mig-nvml/checkpoint/v1',
  takenAt: '',
  driverVersion: '',
  gpus: [],
} as const

/** Every function with options, called with its other arguments. */
const changing: Readonly<Record<string, Call>> = {
  applyMigConfig: (options) => mig.applyMigConfig(wanted, options),
  startMigConfig: (options) => mig.startMigConfig(wanted, options).report,
  withMigConfig: (options) => mig.withMigConfig(wanted, () => {}, options),
  holdMigConfig: (options) => mig.holdMigConfig(wanted, options),
  restoreMig: (options) => mig.restoreMig(empty, options),
  recoverMig: (options) => mig.recoverMig(options),
}
const looking: Readonly<Record<string, Call>> = {
  planMigConfig: (options) => mig.planMigConfig(wanted, options),
  assertMigConfig: (options) => mig.assertMigConfig(wanted, options),
  exportMigConfig: (options) => mig.exportMigConfig(options),
  generateMigConfig: (options) => mig.generateMigConfig(options),
  readMigState: (options) => mig.readMigState(options),
  checkpointMig: (options) => mig.checkpointMig(options),
  watchMigState: (options) => mig.watchMigState(options).next(),
}
const all: Readonly<Record<string, Call>> = {
  ...changing,
  ...looking,
  openNvml: (options) => openNvml(options),
}

/** The message with which the call rejects or throws, before the machine is read. */
async function refusalOf(call: Call | undefined, options: unknown): Promise<string> {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options)
  const given = isObject ? { library: machine.library, ...options } : options
  machine.resetCallCounts()
  const error: unknown = await (async () => call?.(given as never))().catch((thrown) => thrown)
  expect(error).toBeInstanceOf(TypeError)
  expect(machine.callCounts().total).toBe(0)
  return String(error)
}

describe.each(Object.entries(all))('%s', (name, call) => {
  test.each([null, 5, 'dryRun', [[]], true])(
    'options that are %j are a TypeError',
    async (wrong) => {
      expect(await refusalOf(call, wrong)).toContain(`options of ${name} must be an object`)
    },
  )

  test.each<[unknown, string]>([
    [5, 'library must be a path or an object with path, not 5'],
    [null, 'library must be a path or an object with path, not null'],
    [{ lockFile: '/tmp/lock' }, 'library.path must be a path, not undefined'],
    [{ path: 5 }, 'library.path must be a path, not 5'],
    [{ path: 'x', lockfile: '/tmp/lock' }, 'did you mean lockFile?'],
    [{ path: 'x', selector: { symbol: 'select', value: -1 } }, 'library.selector.value must be'],
    [{ path: 'x', root: 0 }, 'library.root must be a path or null, not 0'],
  ])('a library %j is a TypeError', async (library, says) => {
    expect(await refusalOf(call, { library })).toContain(says)
  })

  test('an AbortController as the option signal is a TypeError', async () => {
    const says = await refusalOf(call, { signal: new AbortController() })
    expect(says).toMatch(/signal must be an AbortSignal, not an object \(AbortController\)/)
  })

  test('an unknown option is a TypeError that suggests the nearest name', async () => {
    expect(await refusalOf(call, { librery: 'x' })).toMatch(
      `${name} has no option librery: did you mean library?`,
    )
    expect(await refusalOf(call, { colour: true })).toMatch(
      /has no option colour: there are library/,
    )
  })

  test('an option that is undefined counts as absent', async () => {
    const library = { path: '/nowhere/libnvidia-ml.so.1', lockFile: `${fakeRoot()}/lock` }
    const options = { library, signal: undefined, other: undefined }
    const outcome = await (async () => call(options as never))().catch((thrown) => thrown)
    // Without journals a recovery does not open the driver.
    if (name === 'recoverMig') expect(outcome).toMatchObject({ recovered: [] })
    else expect(outcome).toMatchObject({ code: expect.stringMatching(/^MIG_(DRIVER|LOCK)/) })
  })
})

/** Wrong values of each option, with a function that has it. */
const wrong: readonly (readonly [keyof typeof all, string, readonly unknown[]])[] = [
  ['applyMigConfig', 'dryRun', ['true', 1, {}, 'no', null]],
  ['applyMigConfig', 'modeOnly', ['false', 0]],
  ['applyMigConfig', 'skipReset', ['yes', 1]],
  ['applyMigConfig', 'evict', ['force', 1]],
  ['applyMigConfig', 'config', [5, null, ['a']]],
  ['applyMigConfig', 'matching', ['loose', true]],
  ['applyMigConfig', 'reset', ['smi', false]],
  ['applyMigConfig', 'resetTimeoutMs', [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', 2 ** 31]],
  ['applyMigConfig', 'slowAfterMs', [0, Number.NaN, Number.POSITIVE_INFINITY, '5']],
  ['applyMigConfig', 'onEvent', ['log', {}]],
  ['applyMigConfig', 'atomic', ['all', 'Machine', false]],
  ['applyMigConfig', 'hooks', [5, null, []]],
  ['applyMigConfig', 'hookEnvs', ['A=1', { A: 1 }, ['A']]],
  ['startMigConfig', 'onEvent', [5]],
  ['withMigConfig', 'checkpointFile', [5, '', new URL('https://example.com/x')]],
  ['holdMigConfig', 'atomic', ['all']],
  ['restoreMig', 'dryRun', ['true']],
  ['recoverMig', 'direction', ['back', true]],
  ['recoverMig', 'slowAfterMs', [0]],
  ['planMigConfig', 'slowAfterMs', [0, '5']],
  ['readMigState', 'onSlowCall', ['log', {}]],
  ['planMigConfig', 'modeOnly', ['true']],
  ['assertMigConfig', 'modeOnly', [1]],
  ['exportMigConfig', 'name', [5]],
  ['exportMigConfig', 'placements', ['true']],
  ['checkpointMig', 'file', [5, '', 'a\0b']],
  ['watchMigState', 'intervalMs', [0, '1000', Number.POSITIVE_INFINITY]],
]

test.each(
  wrong.flatMap(([name, option, values]) => values.map((value) => [name, option, value] as const)),
)('the options of %s: %s cannot be %j', async (name, option, value) => {
  const says = await refusalOf(all[name], { [option]: value })
  expect(says).toMatch(new RegExp(`${name}: option ${option}(?:\\.A)? must be .*, not `))
})

test('misspelt options that would change a machine if ignored are a TypeError', async () => {
  for (const [name, option] of [
    ['withMigConfig', { dryRun: true }],
    ['holdMigConfig', { dryRun: true }],
    ['recoverMig', { dryRun: true }],
    ['applyMigConfig', { dryrun: true }],
    ['applyMigConfig', { checkpointFile: '/tmp/x' }],
    ['restoreMig', { config: 'first' }],
  ] as const)
    expect(await refusalOf(changing[name], option)).toContain(`${name} has no option`)
})

test('one object of options works for an apply and for all functions that only read', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const options = {
    library: machine.library,
    config: 'wanted',
    atomic: 'gpu',
    dryRun: true,
  } as const
  await mig.applyMigConfig(wanted, options)
  await mig.planMigConfig(wanted, options)
  await mig.assertMigConfig(wanted, options)
  expect((await mig.readMigState(options)).gpus).toHaveLength(1)
  expect(machine.callCounts().changing).toBe(0)
})

test.each([5, undefined, 'work'])(
  'withMigConfig rejects work that is %s before anything changes',
  async (work) => {
    const call: Call = (options) => mig.withMigConfig(wanted, work as never, options)
    expect(await refusalOf(call, {})).toMatch(/withMigConfig: work must be a function/)
  },
)

test('an error lists the allowed values', async () => {
  expect(await refusalOf(all['applyMigConfig'], { reset: 'smi' })).toBe(
    "TypeError: applyMigConfig: option reset must be 'nvidia-smi', 'sysfs', 'none' or a function, not \"smi\"",
  )
})
