// The library exports every NVML name, and all that we declare.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { simulator } from './programs.js'
import { codes, inSession, nvml, runCalls } from './shell.js'

const source = (path: string): string =>
  readFileSync(new URL(`../../../native/${path}`, import.meta.url), 'utf8')

const declared = [
  ...source('nvml/abi/functions.h').matchAll(/^(?:nvmlReturn_t|const char\*) (nvml\w+)\(/gm),
].map(([, name]) => String(name))
const unsupported = [
  ...source('simulator/store/unsupported_functions.inc').matchAll(
    /^NVML_UNSUPPORTED(?:_SINCE)?\((\w+)/gm,
  ),
].map(([, name]) => String(name))

const symbols = execFileSync('nm', ['-D', '--defined-only', simulator], { encoding: 'utf8' })
const exported = new Set(symbols.split('\n').map((line) => line.split(' ').at(-1) ?? ''))

test('every declared function is exported', () => {
  expect(declared.length).toBeGreaterThan(100)
  expect(declared.filter((name) => !exported.has(name))).toEqual([])
})

test('every other NVML name is exported and answers NOT_SUPPORTED', () => {
  expect(unsupported.length).toBeGreaterThan(250)
  expect(unsupported.filter((name) => !exported.has(name))).toEqual([])
  const answers = inSession(
    { DRIVER: '610.43.03' },
    unsupported.map((name) => `call ${name}`),
  )
  expect(new Set(codes(answers))).toEqual(new Set([nvml.notSupported]))
})

// First drivers: nvml.h in NVIDIA/nvidia-settings by driver tag.
test('names without an implementation are hidden if the driver is too old for them', () => {
  const firstDrivers = {
    nvmlDeviceGetPowerUsage: 375,
    nvmlDeviceGetRemappedRows: 450,
    nvmlDeviceGetGspFirmwareMode: 510,
    nvmlDeviceGetNumaNodeId: 550,
    nvmlDeviceGetClockOffsets: 555,
  } as const
  for (const driver of [450, 470, 535, 570]) {
    const found = codes(
      inSession(
        { DRIVER: `R${driver}` },
        Object.keys(firstDrivers).map((name) => `call ${name}`),
      ),
    )
    const wanted = Object.values(firstDrivers).map((first) =>
      first <= driver ? nvml.notSupported : nvml.functionNotFound,
    )
    expect([driver, found]).toEqual([driver, wanted])
  }
})

test('the control functions are exported', () => {
  expect(exported).toContain('migsim_control')
  expect(exported).toContain('migsim_select_machine')
  expect(exported).toContain('migsim_reset_gpu')
})

test('without a session, only the functions that NVML allows answer', () => {
  const always = ['nvmlInit', 'nvmlInit_v2', 'nvmlInitWithFlags', 'nvmlErrorString']
  const names = [...declared, ...unsupported].filter(
    (name) => !always.includes(name) && name !== 'nvmlSystemGetNVMLVersion',
  )
  const answers = codes(
    runCalls(
      { DRIVER: '610.43.02' },
      names.map((name) => `call ${name}`),
    ),
  )
  const others = names.filter((_, at) => answers[at] !== nvml.uninitialized)
  expect(others).toEqual([])
})

test('null arguments are refused and never dereferenced', () => {
  const harmless = [
    'nvmlInit',
    'nvmlInit_v2',
    'nvmlInitWithFlags',
    'nvmlErrorString',
    'nvmlShutdown',
  ]
  const names = declared.filter((name) => !harmless.includes(name))
  const answers = codes(
    inSession(
      { DRIVER: '610.43.02' },
      names.map((name) => `call ${name}`),
    ),
  )
  const others = names.filter((_, at) => answers[at] !== nvml.invalidArgument)
  expect(others).toEqual([])
})

test('every function can claim success under a fault, and then ignores its arguments', () => {
  // Its answer is a text.
  const names = [...declared, ...unsupported].filter((name) => name !== 'nvmlErrorString')
  const answers = inSession(
    { DRIVER: '610.43.03' },
    names.flatMap((name) => [
      `control fail fn=${name} error=0`,
      `call ${name}`,
      'control clear-faults',
    ]),
  )
  const refused = names.filter((_, n) => answers[3 * n + 1]?.ret !== nvml.success)
  // A driver of that version has them all.
  expect(refused).toEqual([])
})
