// What a watch reports for a GPU whose instances the driver does not list to this process.
import { expect, test } from 'vitest'
import { listChanges } from '../../../../lib/machine/watch/state-changes.js'
import { listSeenDevices } from '../../../../lib/model/state.js'
import type { ListedMigState, MigState } from '../../../../types/model/state.js'
import { stateOf } from '../../../support/state.js'

const listed = (...instances: readonly string[]): ListedMigState =>
  stateOf([{ key: 'a100-40gb', migEnabled: true, instances }])

/** The same machine, as a process without `mig/config` reads it. */
function unlisted(...instances: readonly string[]): MigState {
  const state = listed(...instances)
  const gpus = state.gpus.map((gpu) => ({
    ...gpu,
    gpuInstances: null,
    migDevices: listSeenDevices(gpu),
    ...({ seesAllDevices: true, lacks: 'mig/config' } as const),
  }))
  return { ...state, gpus }
}

const told = (before: MigState, after: MigState): readonly string[] =>
  listChanges(before, after).map((change) =>
    'migDevice' in change ? `${change.kind} ${change.migDevice.name}` : change.kind,
  )

test('the first instance ends the listing of instances, and its MIG device is reported', () => {
  expect(told(listed(), unlisted('3g.20gb@0'))).toEqual([
    'instances-unlisted',
    'mig-device-created 3g.20gb',
  ])
})

test('a first GPU instance without a compute instance is reported as instances-unlisted', () => {
  expect(told(listed(), unlisted('3g.20gb@0:'))).toEqual(['instances-unlisted'])
})

test('MIG devices that come and go beside others are reported one by one', () => {
  expect(told(unlisted('3g.20gb@0', '1g.5gb@4'), unlisted('3g.20gb@0', '2g.10gb@4'))).toEqual([
    'mig-device-destroyed 1g.5gb',
    'mig-device-created 2g.10gb',
  ])
})

test('the end of the last instance brings the listing back', () => {
  expect(told(unlisted('3g.20gb@0'), listed())).toEqual([
    'instances-listed',
    'mig-device-destroyed 3g.20gb',
  ])
})

test('a process that gets the permission meanwhile sees no device come or go', () => {
  expect(told(unlisted('3g.20gb@4:1c,2c'), listed('3g.20gb@4:1c,2c'))).toEqual(['instances-listed'])
})

test('a MIG device that is made again with the same ids is another, by its UUID', () => {
  const before = unlisted('3g.20gb@0')
  const gpus = before.gpus.map((gpu) => ({
    ...gpu,
    migDevices: listSeenDevices(gpu).map((device) => ({ ...device, uuid: 'MIG-other' as const })),
  }))
  expect(told(before, { ...before, gpus } as MigState)).toEqual([
    'mig-device-destroyed 3g.20gb',
    'mig-device-created 3g.20gb',
  ])
})

test('a GPU without MIG of which something else has changed has no change of its mode', () => {
  const before = stateOf([{ key: 'none' }])
  const gpus = before.gpus.map((gpu) => ({ ...gpu, minorNumber: 7 }))
  expect(listChanges(before, { ...before, gpus })).toEqual([])
})
