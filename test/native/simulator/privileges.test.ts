// Privileges of callers (MIG User Guide, "MIG capabilities"; open-gpu-kernel-modules 595.45.04): the mode
// needs an administrator; changing and listing instances takes mig/config; mig/monitor shows figures of the
// whole GPU and the MIG devices of other users.
import { describe, expect, test } from 'vitest'
import { type Answer, codes, inSession, nvml, runCalls } from './shell.js'

const setUp = ['create gpu0 9', 'create-ci gpu0 2 2', 'keep @gi gi gpu0 2', 'keep @ci ci gpu0 2 0']
const changing = ['set-mode gpu0 1', 'create gpu0 19', 'destroy @gi', 'create-ci @gi 2']
const listing = ['list gpu0 9', 'list gpu0 19', 'find gpu0 2', 'list-ci @gi 2', 'find-ci @gi 0']
const room = ['capacity gpu0 19', 'placements gpu0 19']
const aggregate = ['memory gpu0', 'bar1 gpu0', 'processes gpu0 8']
const anybody = ['mode gpu0', 'profile gpu0 0', 'identity gpu0', 'info @gi']

const { success, noPermission, insufficientResources, inUse, notFound, notSupported } = nvml

/** The answers to the calls, on a machine with one GPU instance and one MIG device. */
const asked = (privileges: string, calls: readonly string[]): readonly number[] =>
  codes(
    inSession('A100-SXM4-40GB +mig', [
      ...setUp,
      `control privileges value=${privileges}`,
      ...calls,
    ]),
  ).slice(setUp.length + 1)

const all = (code: number, calls: readonly string[]): readonly number[] => calls.map(() => code)

describe('callers on a GPU with instances', () => {
  test.each([
    ['admin', [success, success, inUse, insufficientResources]],
    ['config', [noPermission, success, inUse, insufficientResources]],
    ['monitor', all(noPermission, changing)],
    ['none', all(noPermission, changing)],
  ])('callers with the privileges of %s can change what these allow', (privileges, expected) => {
    expect(asked(privileges, changing)).toEqual(expected)
  })

  test.each([
    ['admin', success],
    ['config', success],
    ['monitor', noPermission],
    ['none', noPermission],
  ])('callers with the privileges of %s list instances or are refused', (privileges, code) => {
    expect(asked(privileges, listing)).toEqual(all(code, listing))
  })

  test.each([
    ['config', success],
    ['monitor', success],
    ['none', noPermission],
  ])(
    'callers with the privileges of %s read figures of the whole GPU or are refused',
    (privileges, code) => {
      const calls = [...room, ...aggregate]
      expect(asked(privileges, calls)).toEqual(all(code, calls))
    },
  )

  test.each([
    ['monitor', success],
    ['none', notFound],
  ])('callers with the privileges of %s see MIG devices or find none', (privileges, code) => {
    expect(asked(privileges, ['mig gpu0 0'])).toEqual([code])
  })

  test.each(['monitor', 'none'])(
    'callers with the privileges of %s read public data',
    (privileges) => {
      expect(asked(privileges, anybody)).toEqual(all(success, anybody))
    },
  )
})

describe('callers without privileges', () => {
  const emptied = (privileges: string, calls: readonly string[]): readonly number[] =>
    codes(
      inSession('A100-SXM4-40GB +mig', [`control privileges value=${privileges}`, ...calls]),
    ).slice(1)

  test.each(['monitor', 'none'])(
    'callers with the privileges of %s read a GPU with MIG on and no instance as all callers do',
    (each) => {
      expect(emptied(each, ['list gpu0 9', 'find gpu0 2', ...aggregate])).toEqual([
        success,
        notFound,
        ...all(success, aggregate),
      ])
    },
  )

  test('callers without privileges get NOT_SUPPORTED for lists of instances if MIG is off', () => {
    const answers = inSession({ MACHINE: 'A100-SXM4-40GB', PRIVILEGES: 'none' }, ['list gpu0 9'])
    expect(codes(answers)).toEqual([notSupported])
  })

  test('callers without privileges do not find a MIG device by its UUID', () => {
    const machine = 'A100-SXM4-40GB +mig'
    const made = ['create gpu0 9', 'create-ci gpu0 2 2', 'identity gpu0', 'identity mig0.0']
    const [, , gpu, mig] = inSession(machine, made)
    const asked = (privileges: string): readonly Answer[] =>
      inSession(machine, [
        ...made,
        `control privileges value=${privileges}`,
        `by-uuid ${mig?.['uuid']}`,
        `by-uuid MIG-${gpu?.['uuid']}/2/0`,
        `by-uuid ${gpu?.['uuid']}`,
      ]).slice(made.length + 1)
    expect(codes(asked('monitor'))).toEqual([success, success, success])
    expect(codes(asked('none'))).toEqual([notFound, notFound, success])
  })
})

describe('the privileges of one process', () => {
  const asked = (ofProcess: string, ofMachine: string): readonly number[] =>
    codes(
      inSession({ MACHINE: 'A100-SXM4-40GB +mig', PRIVILEGES: ofProcess }, [
        `control privileges value=${ofMachine}`,
        'set-mode gpu0 1',
        'create gpu0 9',
        'list gpu0 9',
      ]),
    ).slice(1)

  test.each([
    ['admin', 'admin', [success, success, success]],
    ['config', 'admin', [noPermission, success, success]],
    ['monitor', 'config', [noPermission, noPermission, success]],
    ['admin', 'monitor', [noPermission, noPermission, success]],
    ['none', 'admin', [noPermission, noPermission, success]],
  ])(
    'a process with %s on a machine that grants %s has the lower privileges',
    (ofProcess, ofMachine, expected) => {
      expect(asked(ofProcess, ofMachine)).toEqual(expected)
    },
  )

  test('unknown privileges of a process fail nvmlInit', () => {
    const variables = { MACHINE: 'T4', PRIVILEGES: 'root' }
    expect(codes(runCalls(variables, ['init']))).toEqual([nvml.driverNotLoaded])
  })
})
