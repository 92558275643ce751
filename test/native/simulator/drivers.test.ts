// What older drivers lack (NVML change log, versions of nvml.h by driver).
import { describe, expect, test } from 'vitest'
import { codes, inSession, nvml, runCalls } from './shell.js'

const on = (driver: string, machine = 'A100-SXM4-40GB +mig'): Record<string, string> => ({
  MACHINE: machine,
  DRIVER: driver,
})

describe('functions', () => {
  test.each([
    ['nvmlDeviceCreateGpuInstanceWithPlacement', '450.80.02', '460.32.03'],
    ['nvmlDeviceGetGpuInstancePossiblePlacements_v2', '460.73.01', '470.42.01'],
    ['nvmlDeviceGetGpuInstanceProfileInfoV', '470.256.02', '510.39.01'],
    ['nvmlGpuInstanceCreateComputeInstanceWithPlacement', '515.105.01', '525.53'],
    ['nvmlDeviceGetGpuInstanceProfileInfoByIdV', '570.133.20', '580.65.06'],
    ['nvmlDeviceGetComputeRunningProcesses_v3', '495.46', '510.39.01'],
    // The first R455 lacks what R450 had by then.
    ['nvmlComputeInstanceGetInfo_v2', '455.28', '455.45.01'],
    ['nvmlComputeInstanceGetInfo_v2', '455.23.04', '460.32.03'],
    // R535 withdrew it for a while.
    ['nvmlDeviceGetComputeRunningProcesses_v3', '535.98', '535.104.05'],
  ])('the function %s is absent in %s and present in %s', (name, before, since) => {
    expect(codes(inSession(on(before), [`call ${name}`]))).toEqual([nvml.functionNotFound])
    expect(codes(inSession(on(since), [`call ${name}`]))).toEqual([nvml.invalidArgument])
  })
})

// MIG User Guide, "Deployment Considerations": B300 from 580.82.07, GB300 from 595.58.03.
test('a machine from the environment without a driver has the first driver that knows its models', () => {
  const known = ['init', 'control describe']
  const driverOf = (machine: string): unknown => {
    const [, described] = runCalls(machine, known)
    return (described?.['reply'] as { readonly driver: string } | undefined)?.driver
  }
  expect(driverOf('B300 SXM6 AC')).toBe('580.82.07')
  expect(driverOf('GB300, T4')).toBe('595.58.03')
  expect(driverOf('T4')).toBe('580.65.06')
})

describe('profiles', () => {
  test.each([
    ['460.73.01', [0, 2, 4], [1, 3, 7]],
    ['470.42.01', [0, 7], [8, 9]],
    ['525.53', [0, 7, 9], [10]],
  ])('the driver %s knows the profiles %j but not %j', (driver, known, unknown) => {
    const ask = (indexes: readonly number[]): readonly string[] =>
      indexes.map((index) => `profile gpu0 ${index}`)
    expect(new Set(codes(inSession(on(driver), ask(known))))).toEqual(new Set([nvml.success]))
    const answers = codes(inSession(on(driver), ask(unknown.filter((index) => index > 6))))
    expect(new Set(answers)).toEqual(new Set([nvml.invalidArgument]))
  })

  test('drivers from R550 on report profiles with MIG off', () => {
    const calls = ['profile gpu0 0', 'placements gpu0 19', 'field gpu0 199', 'field gpu0 200']
    const off = 'A100-SXM4-40GB'
    const before = inSession(on('535.161.08', off), calls)
    expect(codes(before).slice(0, 2)).toEqual([nvml.notSupported, nvml.notSupported])
    expect(before[2]).toMatchObject({ fieldRet: nvml.notSupported })
    const since = inSession(on('550.90.07', off), calls)
    expect(codes(since).slice(0, 2)).toEqual([nvml.success, nvml.success])
    expect(since[2]).toMatchObject({ fieldRet: nvml.success, value: 1 })
    // Three branches gave the field another number.
    const moved = inSession(on('560.35.05', off), calls)
    expect(moved[2]).toMatchObject({ fieldRet: nvml.notSupported })
    expect(moved[3]).toMatchObject({ fieldRet: nvml.success, value: 1 })
  })
})

// MIG User Guide, `nvidia-smi mig -lgip` in its older and newer editions: GiB of 1g, 2g, 3g, 7g.
test.each([
  ['470.57.02', [4.75, 9.75, 19.62, 39.5]],
  ['580.65.06', [4.75, 9.62, 19.5, 39.25]],
])('A100 GPU instances with the driver %s have %j GiB', (driver, gib) => {
  const calls = [0, 1, 2, 4].map((index) => `profile gpu0 ${index}`)
  const reported = inSession(on(driver), [
    ...calls,
    'create gpu0 9',
    'create-ci gpu0 2 2',
    'memory mig0.0',
  ])
  const shown = reported.slice(0, 4).map((answer) => Number(answer['memorySizeMB']) / 1024)
  expect(shown.map((value) => Math.floor(value * 100) / 100)).toEqual(gib)
  expect(reported.at(-1)).toMatchObject({ totalMiB: reported[2]?.['memorySizeMB'] })
})

test('drivers before R510 refuse a 3-slice beside a 4-slice instance on an A100', () => {
  const calls = ['create gpu0 5', 'create gpu0 9']
  expect(codes(inSession(on('470.256.02'), calls))).toEqual([
    nvml.success,
    nvml.insufficientResources,
  ])
  expect(codes(inSession(on('510.108.03'), calls))).toEqual([nvml.success, nvml.success])
})

test('drivers before R465 name MIG devices by their place and do not look them up', () => {
  const calls = ['create gpu0 9', 'create-ci gpu0 2 2', 'identity gpu0', 'identity mig0.0']
  const [, , gpu, mig] = inSession(on('460.106.00'), calls)
  expect(mig?.['uuid']).toBe(`MIG-${gpu?.['uuid']}/2/0`)
  const lookup = [...calls, `by-uuid ${mig?.['uuid']}`]
  expect(codes(inSession(on('460.106.00'), lookup))[4]).toBe(nvml.notFound)
  expect(codes(inSession(on('470.256.02'), lookup))[4]).toBe(nvml.success)
})

test.each(['R535', '535', '535.161.08', '495.46'])('the driver %s is known', (driver) => {
  expect(runCalls(on(driver), ['init'])[0]?.ret).toBe(nvml.success)
})

test.each(['R536', 'new', '580.65.06.1', '418.67', '580.'])(
  'the driver %s is refused',
  (driver) => {
    expect(runCalls(on(driver), ['init'])[0]?.ret).toBe(nvml.driverNotLoaded)
  },
)

test('a GPU that is too new for the driver is refused', () => {
  expect(runCalls(on('535.161.08', 'B200'), ['init'])[0]?.ret).toBe(nvml.driverNotLoaded)
})
