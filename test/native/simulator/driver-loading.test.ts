// The kernel module unloaded and loaded: NVML in between, and what is left afterwards (MIG User Guide, "MIG mode";
// facts of a reload: the mode of Hopper and later and all instances are lost, the mode of Ampere is kept).
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { scratch } from './programs.js'
import { expectReplay } from './replay.js'
import { type Answer, nvml, runCalls } from './shell.js'

const ampere = 'A100-SXM4-40GB'
const hopper = 'H100 80GB HBM3'

const modesOf = (answer: Answer | undefined): unknown => [
  answer?.ret,
  answer?.['current'],
  answer?.['pending'],
]

test('without its kernel module, nvmlInit answers that no driver is loaded', () => {
  const answers = runCalls(`${ampere} +mig`, [
    'control unload-driver',
    'init',
    'init-flags 1',
    'count',
    'control load-driver',
    'init',
    'count',
  ])
  const { success, driverNotLoaded, uninitialized } = nvml
  expect(answers.map(({ ret }) => ret)).toEqual([
    ...[success, driverNotLoaded, driverNotLoaded, uninitialized],
    ...[success, success, success],
  ])
})

test('the kernel module is not unloaded while an NVML session or a process needs it', () => {
  const [, session, , added, process, , ended] = runCalls(ampere, [
    'init',
    'control unload-driver',
    'shutdown',
    'control add-process pid=7 gpu=0',
    'control unload-driver',
    'control remove-process pid=7',
    'control unload-driver',
  ])
  expect([session?.ret, added?.ret, process?.ret, ended?.ret]).toEqual([1, 0, 1, 0])
})

test.each([
  [ampere, 1],
  [hopper, 0],
])(
  '%s has no instances and the mode of its family after its driver is loaded again',
  (model, mode) => {
    const answers = runCalls(`${model} +mig`, [
      'init',
      'create gpu0 9',
      'set PersistenceMode gpu0 1',
      'shutdown',
      'control unload-driver',
      'control load-driver',
      'init',
      'mode gpu0',
      'info gpu0 2',
      'control describe',
    ])
    expect(modesOf(answers[7])).toEqual([0, mode, mode])
    expect(answers[8]?.ret).not.toBe(0)
    expect(answers[9]?.['reply']).toMatchObject({
      driverLoaded: true,
      gpus: [{ gpuInstances: [], settings: { persistenceMode: false } }],
    })
  },
)

describe('a mode that is requested without a driver', () => {
  test('a mode requested without a driver is pending until a reset, which needs no driver', () => {
    const answers = runCalls(`2x ${ampere}`, [
      'control unload-driver',
      'control request-mode gpu=0 mig=on',
      'control request-mode gpu=1 mig=on',
      'control reset-gpu gpu=0',
      'control load-driver',
      'init',
      'mode gpu0',
      'mode gpu1',
    ])
    expect(modesOf(answers[6])).toEqual([0, 1, 1])
    expect(modesOf(answers[7])).toEqual([0, 0, 1])
  })

  test('a mode requested without a driver takes effect at a reboot, which loads the driver', () => {
    const answers = runCalls(ampere, [
      'control unload-driver',
      'control request-mode gpu=0 mig=on',
      'control reboot',
      'init',
      'mode gpu0',
    ])
    expect(modesOf(answers[4])).toEqual([0, 1, 1])
  })

  test.each([hopper, 'T4'])(
    'a mode requested without a driver is refused on a GPU that has no register for it: %s',
    (model) => {
      const [answer] = runCalls(model, ['control request-mode gpu=0 mig=on'])
      expect(answer?.ret).toBe(1)
      expect(JSON.stringify(answer)).toContain('no register')
    },
  )
})

test('a replay of the journal restores a driver that was unloaded, and a mode requested meanwhile', () => {
  const machine = `${ampere} +mig, ${hopper} +mig`
  const store = join(scratch, 'unloaded')
  runCalls({ STORE: store, MACHINE: machine }, [
    'init',
    'create gpu0 9',
    'shutdown',
    'control unload-driver',
    'control request-mode gpu=0 mig=off',
    'control reset-gpu gpu=0',
    'control load-driver',
    'init',
    'set-mode gpu1 1',
  ])
  expect(expectReplay(machine, store)).toBe(6)
})
