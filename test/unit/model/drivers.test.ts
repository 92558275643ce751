import { describe, expect, test } from 'vitest'
import {
  countKnownProfiles,
  holdsFourBesideThree,
  placesComputeInstances,
  reportsProfilesWithoutMig,
} from '../../../lib/model/driver-version.js'
import { deepFreeze } from '../../../lib/model/freeze.js'
import { listKeptDevices } from '../../../lib/model/kept-devices.js'
import type { GpuProcess, GpuState } from '../../../types/model/state.js'
import { stateOf } from '../../support/state.js'

describe('abilities of a driver by its version', () => {
  // Source: NVML headers by driver, MIG User Guide.
  test.each<[string, number]>([
    ['418.226.00', 0],
    ['450.50.99', 0],
    ['450.51', 5],
    ['450.51.06', 5],
    ['455.22', 5],
    ['455.23.04', 6],
    ['460.32.03', 7],
    ['470.42.01', 8],
    ['525.52.99', 8],
    ['525.53', 10],
    ['535.104.05', 10],
    ['570.86.10', 13],
    ['570.168', 13],
    ['570.169', 17],
    ['580.65.06', 17],
    ['595.57', 17],
    ['595.58.01', 18],
    ['600', 18],
    ['', 0],
    ['no version', 0],
  ])('R%s knows %i profile indexes', (driver, count) => {
    expect(countKnownProfiles(driver)).toBe(count)
  })

  test.each<[(driver: string) => boolean, string, string]>([
    [holdsFourBesideThree, '509.99.99', '510'],
    [placesComputeInstances, '525.52.99', '525.53'],
    [placesComputeInstances, '525', '526'],
    [reportsProfilesWithoutMig, '549.99', '550.40.07'],
  ])('%o is false for driver %s and true for %s', (can, before, since) => {
    expect([can(before), can(since)]).toEqual([false, true])
  })
})

test('deepFreeze freezes nested data and returns other values as they are', () => {
  const data = { a: [{ b: 1 }], c: null, d: 'x', e: () => 1 }
  expect(deepFreeze(data)).toBe(data)
  expect([data, data.a, data.a[0]].every((part) => Object.isFrozen(part))).toBe(true)
  expect(deepFreeze(5)).toBe(5)
  expect(deepFreeze(null)).toBeNull()
})

describe('devices that stay', () => {
  const [gpu] = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0', '3g.20gb@4'] }]).gpus
  const two = gpu as GpuState
  const [first, second] = two.gpuInstances
  const uuidOf = (instance: typeof first) => instance?.computeInstances[0]?.uuid ?? 'MIG-none'
  const user = (gpuInstanceId: number | null, computeInstanceId: number | null): GpuProcess =>
    ({ pid: 1, gpuInstanceId, computeInstanceId }) as GpuProcess
  const kept = (...ask: Parameters<typeof listKeptDevices>): readonly number[] =>
    listKeptDevices(...ask).map(({ gpuInstance }) => two.gpuInstances.indexOf(gpuInstance))

  test('keep lets all devices stay, those in use, or those with the given UUIDs', () => {
    expect(two.gpuInstances).toHaveLength(2)
    expect(kept(two, undefined)).toEqual([])
    expect(kept(two, 'all')).toEqual([0, 1])
    expect(kept(two, 'busy')).toEqual([])
    expect(kept(two, 'busy', [user(second?.id ?? -1, null)])).toEqual([1])
    expect(kept(two, 'busy', [user(first?.id ?? -1, 0)])).toEqual([0])
    expect(kept(two, 'busy', [user(first?.id ?? -1, 5), user(null, null)])).toEqual([])
    expect(kept(two, [uuidOf(second)])).toEqual([1])
    expect(kept(two, ['MIG-other'])).toEqual([])
  })

  test('keep lets no device stay with MIG off', () => {
    const off = { ...two, mig: { enabled: false, pending: false } }
    expect(kept(off, 'all')).toEqual([])
    expect(kept({ ...two, mig: null }, 'all')).toEqual([])
  })
})
