import { describe, expect, test } from 'vitest'
import { checkMachine, probePath, runCheck, storedMachine, useProbe } from './run-check.js'

useProbe()

describe('where there is nothing to check', () => {
  test.each([
    ['a path that does not exist', '/nonexistent/libnvidia-ml.so.1'],
    ['a name that the loader does not find', 'libnvidia-ml-of-no-machine.so.1'],
  ])('%s: it says so and succeeds', (_title, library) => {
    const { status, document, summary } = runCheck({}, '--library', library)
    expect(document).toMatchObject({ result: 'no-library', gpus: [], differences: [], probe: null })
    expect(summary).toMatch(/no NVML library here/)
    expect(status).toBe(0)
  })

  test.each([
    [
      'without a kernel module',
      { fn: 'nvmlInit', times: 9, error: 'NVML_ERROR_DRIVER_NOT_LOADED' },
    ],
    ['that finds no GPU', { fn: 'nvmlInit', times: 9, error: 'NVML_ERROR_GPU_NOT_FOUND' }],
  ])('a library %s: it says so, succeeds, and still learns what needs no GPU', (_title, fault) => {
    using machine = storedMachine('T4')
    machine.fail(fault)
    const { status, document, summary } = checkMachine(machine)
    expect(document).toMatchObject({ result: 'no-gpu', gpus: [] })
    expect(document.answers?.errorTexts['4']).toBe('Insufficient Permissions')
    expect(summary).toMatch(/no GPU here/)
    expect(status).toBe(0)
  })
})

describe('a library that is broken', () => {
  test.each([
    ['no library at all', process.execPath],
    ['something else than NVML', 'libm.so.6'],
  ])('%s', (_title, library) => {
    const { status, document } = runCheck({}, '--probe', probePath(), '--library', library)
    expect(document.result).toBe('broken')
    expect(status).toBe(1)
  })

  test('a library that does not fit its kernel module is broken', () => {
    using machine = storedMachine('T4')
    machine.fail({ fn: 'nvmlInit', times: 9, error: 'NVML_ERROR_LIB_RM_VERSION_MISMATCH' })
    const { status, document } = checkMachine(machine)
    expect(document.problem).toContain('NVML_ERROR_LIB_RM_VERSION_MISMATCH')
    expect(status).toBe(1)
  })

  test('for a library that hangs, the document names the call', () => {
    using machine = storedMachine('T4')
    const begun = performance.now()
    checkMachine(machine)
    // Far longer than it takes to come to that call, however busy the machine is.
    const timeoutS = Math.max(5, Math.ceil((10 * (performance.now() - begun)) / 1000))
    machine.fail({ fn: 'nvmlDeviceGetBrand', times: 9, hangMs: 3_600_000 })
    const { status, document } = checkMachine(machine, '--timeout-s', `${timeoutS}`)
    expect(document.problem).toMatch(/did not answer in time; the last call was deviceGetBrand\(/)
    expect(document.probe).toMatchObject({
      result: 'cut-short',
      problem: expect.stringContaining('nvmlDeviceGetBrand'),
    })
    expect(status).toBe(1)
  })
})
