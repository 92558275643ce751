import { describe, expect, test } from 'vitest'
import { isPartOf, isTakenBack } from '../../../../lib/machine/apply/taken-back.js'
import { targetOf, targetToRestore } from '../../../../lib/plan/gpu/target.js'
import type { PlanStep } from '../../../../types/machine/plan.js'
import type { GpuState, MigMode } from '../../../../types/model/state.js'
import { stateOf } from '../../../support/state.js'

function gpuWith(...instances: readonly string[]): GpuState {
  const [gpu] = stateOf([{ key: 'a100-40gb', instances }]).gpus
  if (gpu === undefined) throw new Error('no GPU')
  return gpu
}

function withMode(mig: MigMode): GpuState {
  return { ...gpuWith(), mig }
}

const reason = { kind: 'wanted' } as const

function gpuStep(kind: 'create' | 'destroy', text: string): PlanStep {
  const [instance] = gpuWith(text).gpuInstances
  if (instance === undefined) throw new Error(text)
  const { id, profileId, profileName, placement } = instance
  const about = { gpu: 'GPU-0', gpuIndex: 0, profileId, profileName, placement, reason }
  return {
    ...about,
    kind: `${kind}-gpu-instance`,
    gpuInstanceId: id,
  } as unknown as PlanStep
}

/** The last compute instance of `3g.20gb@4:1c,2c`. */
function partStep(kind: 'create' | 'destroy', text: string): PlanStep {
  const [instance] = gpuWith(text).gpuInstances
  const part = instance?.computeInstances.at(-1)
  if (instance === undefined || part === undefined) throw new Error(text)
  const { name, sliceCount, placement } = part
  return {
    gpu: 'GPU-0',
    gpuIndex: 0,
    gpuInstancePlacement: instance.placement,
    name,
    sliceCount,
    placement,
    reason,
    kind: `${kind}-compute-instance`,
  } as unknown as PlanStep
}

function modeStep(enabled: boolean): PlanStep {
  return { kind: 'set-mig-mode', gpu: 'GPU-0', gpuIndex: 0, enabled } as unknown as PlanStep
}

const on = { enabled: true, pending: true }
const off = { enabled: false, pending: false }
const waiting = { enabled: false, pending: true }

describe('what a step changed is again as before', () => {
  test.each<[string, PlanStep, GpuState, GpuState, boolean]>([
    ['a new mode', modeStep(true), withMode(off), withMode(off), true],
    ['a new mode', modeStep(true), withMode(off), withMode(on), false],
    ['a new mode', modeStep(true), withMode(off), withMode(waiting), false],
    ['a mode that waited', modeStep(false), withMode(waiting), withMode(waiting), true],
    ['a mode that waited', modeStep(false), withMode(waiting), withMode(off), false],
    ['a new instance', gpuStep('create', '3g.20gb@4'), gpuWith(), gpuWith(), true],
    ['a new instance', gpuStep('create', '3g.20gb@4'), gpuWith(), gpuWith('3g.20gb@4'), false],
    ['a new instance', gpuStep('create', '3g.20gb@4'), gpuWith(), gpuWith('3g.20gb@0'), true],
    // Another profile at its place is not what this step made.
    ['a new instance', gpuStep('create', '1g.5gb@4'), gpuWith(), gpuWith('3g.20gb@4'), true],
    ['a destroyed one', gpuStep('destroy', '1g.5gb@2'), gpuWith('1g.5gb@2'), gpuWith(), false],
    [
      'a destroyed one',
      gpuStep('destroy', '1g.5gb@2'),
      gpuWith('1g.5gb@2'),
      gpuWith('1g.5gb@2'),
      true,
    ],
    [
      'a new part',
      partStep('create', '3g.20gb@4:1c,2c'),
      gpuWith('3g.20gb@4:1c'),
      gpuWith('3g.20gb@4:1c'),
      true,
    ],
    [
      'a new part',
      partStep('create', '3g.20gb@4:1c,2c'),
      gpuWith('3g.20gb@4:1c'),
      gpuWith('3g.20gb@4:1c,2c'),
      false,
    ],
    [
      'a destroyed part',
      partStep('destroy', '3g.20gb@4:1c,1c'),
      gpuWith('3g.20gb@4:1c,1c'),
      gpuWith('3g.20gb@4:1c'),
      false,
    ],
  ])(
    'after the undo of a step, whether its change is taken back: %s, case %#',
    (_what, step, before, now, expected) => {
      expect(isTakenBack(step, targetToRestore(before), now)).toBe(expected)
    },
  )

  test('nothing is known to be as before on a GPU that cannot be read', () => {
    expect(isTakenBack(modeStep(true), targetOf(withMode(off)), null)).toBe(false)
  })
})

describe('a step leads to the state before', () => {
  const before = targetOf(gpuWith('3g.20gb@4:1c,2c'))

  test.each<[PlanStep, boolean]>([
    [modeStep(true), true],
    [modeStep(false), false],
    [gpuStep('create', '3g.20gb@4'), true],
    [gpuStep('create', '3g.20gb@0'), false],
    [gpuStep('create', '1g.5gb@4'), false],
    [gpuStep('destroy', '3g.20gb@4'), false],
    [gpuStep('destroy', '3g.20gb@0'), true],
    [partStep('create', '3g.20gb@4:1c,2c'), true],
    [partStep('create', '3g.20gb@4'), false],
    [partStep('destroy', '3g.20gb@4:1c,2c'), false],
    [partStep('destroy', '3g.20gb@4'), true],
    [partStep('destroy', '3g.20gb@0:1c'), true],
  ])('whether a step leads to the state before, case %#: %j', (step, expected) => {
    expect(isPartOf(before, step)).toBe(expected)
  })
})
