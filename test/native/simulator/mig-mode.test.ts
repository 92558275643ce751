// When a mode change takes effect, and the state after resets and reboots (MIG User Guide, "MIG mode";
// NVML, nvmlDeviceSetMigMode).
import { describe, expect, test } from 'vitest'
import { type Answer, codes, inSession, nvml } from './shell.js'

const ampere = 'A100-SXM4-40GB'
const hopper = 'H100 80GB HBM3'

const state = (answer: Answer | undefined): unknown => [answer?.['current'], answer?.['pending']]

describe('a GPU that needs a reset', () => {
  const change = (policy: string, before: readonly string[] = []): readonly Answer[] =>
    inSession(ampere, [
      `control reset-policy value=${policy}`,
      ...before,
      'set-mode gpu0 1',
      'mode gpu0',
    ]).slice(1 + before.length)

  test('the driver resets an idle GPU for a mode change', () => {
    const [set, mode] = change('automatic')
    expect(set).toMatchObject({ ret: nvml.success, activation: nvml.success })
    expect(state(mode)).toEqual([1, 1])
  })

  test('a mode change stays pending while a process uses the GPU, until a reset', () => {
    const [set, mode, busyReset, , reset, after] = inSession(ampere, [
      'control add-process pid=7 gpu=0',
      'set-mode gpu0 1',
      'mode gpu0',
      'control reset-gpu gpu=0',
      'control remove-process pid=7',
      'control reset-gpu gpu=0',
      'mode gpu0',
    ]).slice(1)
    expect(set).toMatchObject({ ret: nvml.success, activation: nvml.inUse })
    expect(state(mode)).toEqual([0, 1])
    expect(busyReset?.ret).not.toBe(0)
    expect(reset?.ret).toBe(0)
    expect(state(after)).toEqual([1, 1])
  })

  test.each([
    ['manual', nvml.resetRequired],
    ['refused', nvml.notSupported],
  ])(
    'a mode change reports its activation when the platform resets the GPU %s',
    (policy, activation) => {
      const [set, mode] = change(policy)
      expect(set).toMatchObject({ ret: nvml.success, activation })
      expect(state(mode)).toEqual([0, 1])
    },
  )

  test('setting the current mode cancels a pending change', () => {
    const answers = inSession(ampere, [
      'control reset-policy value=manual',
      'set-mode gpu0 1',
      'set-mode gpu0 0',
      'mode gpu0',
      'control reset-gpu gpu=0',
      'mode gpu0',
    ])
    expect(answers[2]).toMatchObject({ ret: nvml.success, activation: nvml.success })
    expect(state(answers[3])).toEqual([0, 0])
    expect(state(answers[5])).toEqual([0, 0])
  })
})

test('a GPU that needs no reset changes at once, even with a process on it', () => {
  const [, set, mode, create] = inSession(hopper, [
    'control add-process pid=7 gpu=0',
    'set-mode gpu0 1',
    'mode gpu0',
    'create gpu0 19',
  ])
  expect(set).toMatchObject({ ret: nvml.success, activation: nvml.success })
  expect(state(mode)).toEqual([1, 1])
  // The first instance partitions the GPU, which such a process prevents.
  expect(create?.ret).toBe(nvml.inUse)
})

test.each([ampere, hopper])('%s keeps its mode while it has instances', (model) => {
  const [, refused, mode, , set, after] = inSession(`${model} +mig`, [
    'create gpu0 19',
    'set-mode gpu0 0',
    'mode gpu0',
    'destroy gpu0 13',
    'set-mode gpu0 0',
    'mode gpu0',
  ])
  expect(refused?.ret).toBe(nvml.inUse)
  expect(state(mode)).toEqual([1, 1])
  expect(set).toMatchObject({ ret: nvml.success, activation: nvml.success })
  expect(state(after)).toEqual([0, 0])
})

test('a GPU without MIG has no MIG mode', () => {
  const [mode, set, most] = inSession('T4', ['mode gpu0', 'set-mode gpu0 1', 'most gpu0'])
  expect(mode?.ret).toBe(nvml.notSupported)
  expect(set?.ret).toBe(nvml.notSupported)
  expect(most).toMatchObject({ ret: nvml.success, count: 0 })
})

test.each([2, 17])('the mode %d is an invalid argument', (mode) => {
  expect(inSession(ampere, [`set-mode gpu0 ${mode}`])[0]?.ret).toBe(nvml.invalidArgument)
})

describe('what is left of mode and instances', () => {
  const after = (model: string, event: string): readonly Answer[] =>
    inSession(`${model} +mig`, [
      'create gpu0 9',
      'create-ci gpu0 2 2',
      'keep @gi gi gpu0 2',
      `control ${event}`,
      // A reboot ends the session; this begins another.
      'init',
      'mode gpu0',
      'info gpu0 2',
      'info @gi',
      'count',
    ]).slice(5)

  test.each([
    [ampere, 'reset-gpu gpu=0', 1],
    [hopper, 'reset-gpu gpu=0', 1],
    [ampere, 'reboot', 1],
    [hopper, 'reboot', 0],
  ])('%s has no instances and the mode of its family after %s', (model, event, mode) => {
    const [modes, instance, kept, count] = after(model, event)
    expect(state(modes)).toEqual([mode, mode])
    expect(instance?.ret).toBe(nvml.invalidArgument)
    expect(kept?.ret).toBe(nvml.invalidArgument)
    expect(count).toMatchObject({ ret: nvml.success, count: 1 })
  })

  test('a lost GPU answers nothing until a reboot', () => {
    const [, handle, mode, count, , back] = inSession(`${ampere}, ${ampere}`, [
      'keep @gpu gpu1',
      'control lose-gpu gpu=1',
      'mode @gpu',
      'count',
      'control reboot',
      'init',
      'mode gpu1',
    ]).filter((_, at) => at !== 5) as readonly Answer[]
    expect(handle?.ret).toBe(0)
    expect(mode?.ret).toBe(nvml.gpuIsLost)
    expect(count).toMatchObject({ ret: nvml.success, count: 2 })
    expect(back?.ret).toBe(nvml.success)
  })

  test('a reboot ends every session, in every process, and with it its handles', () => {
    const answers = inSession(`2x ${ampere}`, [
      'init',
      'keep @gpu gpu0',
      'control reboot',
      'count',
      'mode @gpu',
      'shutdown',
      'init',
      'count',
      'mode @gpu',
      'mode gpu0',
      'shutdown',
      'shutdown',
      'count',
    ]).slice(3)
    const { success, uninitialized, invalidArgument } = nvml
    expect(codes(answers)).toEqual([
      uninitialized,
      uninitialized,
      uninitialized,
      success,
      success,
      invalidArgument,
      success,
      // One init since the reboot, whatever came before; an extra shutdown is no error.
      success,
      success,
      uninitialized,
    ])
  })
})
