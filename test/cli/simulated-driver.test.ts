import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { MigState } from '../../types/model/state.js'
import { runInProcess } from './run-in-process.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-driver-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const status = (...args: readonly string[]) => runInProcess(['status', '--json', ...args])
const driverOf = (out: string): string => (JSON.parse(out) as MigState).driverVersion

describe('a simulated machine has a driver that knows its models', () => {
  // MIG User Guide, "Deployment Considerations": B300 from 580.82.07, GB300 from 595.58.03.
  test.each([
    ['B300 SXM6 AC', '580.82.07'],
    ['GB300', '595.58.03'],
    ['A100-SXM4-40GB, GB300', '595.58.03'],
    ['A100-SXM4-40GB', '580.65.06'],
  ])('the machine "%s" gets the driver %s, which knows its models', async (spec, driver) => {
    const store = join(folder, `${spec.replace(/\W+/g, '-')}.store`)
    const { status: code, out, err } = await status('--simulate', spec, '--store', store)
    expect([code, err]).toEqual([0, ''])
    expect(driverOf(out)).toBe(driver)
  })

  test('a requested driver version that does not know a model is refused', () => {
    expect(() => createSimulatedMachine('GB300', { driver: 'R580' })).toThrow(
      '"NVIDIA GB300" needs driver 595.58.03 or later',
    )
  })
})

describe('--driver', () => {
  test('--driver names the driver of a new machine, by version or by branch', async () => {
    const store = join(folder, 'named.store')
    const machine = ['--simulate', 'T4', '--store', store]
    expect(driverOf((await status(...machine, '--driver', '535.104.05')).out)).toBe('535.104.05')
    // The machine keeps it.
    expect(driverOf((await status(...machine)).out)).toBe('535.104.05')
    expect(driverOf((await status(...machine, '--driver', '535.104.05')).out)).toBe('535.104.05')
  })

  test('--driver with another version than the stored machine is a wrong command line', async () => {
    const machine = ['--simulate', 'T4', '--store', join(folder, 'other.store')]
    await status(...machine)
    const { status: code, err } = await status(...machine, '--driver', 'R470')
    expect(code).toBe(2)
    expect(err).toContain('holds a machine with another driver: 580.65.06')
  })

  test('--driver without --store finds the machine with that driver beside one with another', async () => {
    const spec = `T4, ${'T4'},  T4`
    const before = process.env['TMPDIR']
    process.env['TMPDIR'] = folder
    try {
      const old = await status('--simulate', spec, '--driver', 'R470')
      const now = await status('--simulate', spec)
      expect([driverOf(old.out), driverOf(now.out)]).toEqual(['470.256.02', '580.65.06'])
      expect(driverOf((await status('--simulate', spec, '--driver', 'R470')).out)).toBe(
        '470.256.02',
      )
    } finally {
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
    }
  })

  test.each([
    [['--driver', 'R580']],
    [['--driver', 'R580', '--library', 'libnvidia-ml.so.1']],
    [['--driver', 'R580', '--store', join(folder, 'none.store')]],
  ])('--driver without --simulate is a wrong command line: %j', async (args) => {
    const { status: code, err } = await status(...args)
    expect(code).toBe(2)
    expect(err).toContain('--driver needs --simulate')
  })
})
