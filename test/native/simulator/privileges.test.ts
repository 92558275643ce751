// Who may do what (MIG User Guide, "MIG capabilities"): the mode needs an administrator, changes need
// mig/config, looking at everything needs mig/monitor.
import { describe, expect, test } from 'vitest'
import { type Answer, codes, inSession, nvml, runCalls } from './shell.js'

const setUp = ['create gpu0 9', 'create-ci gpu0 2 2', 'keep @gi gi gpu0 2', 'keep @ci ci gpu0 2 0']
const calls = [
  'set-mode gpu0 1',
  'create gpu0 19',
  'destroy @gi',
  'create-ci @gi 2',
  'list gpu0 9',
  'capacity gpu0 19',
  'placements gpu0 19',
  'memory gpu0',
  'processes gpu0 8',
  'mig gpu0 0',
  // Public.
  'mode gpu0',
  'profile gpu0 0',
  'identity gpu0',
  'info @gi',
]

const asked = (privileges: string): readonly number[] =>
  codes(
    inSession('A100-SXM4-40GB +mig', [
      ...setUp,
      `control privileges value=${privileges}`,
      ...calls,
    ]),
  ).slice(setUp.length + 1)

const { success, noPermission, insufficientResources, inUse, notFound } = nvml
const publicAnswers = [success, success, success, success]
const looking = [success, success, success, success, success, success]

describe('callers', () => {
  test.each([
    ['admin', [success, success, inUse, insufficientResources, ...looking]],
    ['config', [noPermission, success, inUse, insufficientResources, ...looking]],
    ['monitor', [noPermission, noPermission, noPermission, noPermission, ...looking]],
  ])('with the privileges of %s', (privileges, expected) => {
    expect(asked(privileges)).toEqual([...expected, ...publicAnswers])
  })

  test('without privileges see what is public, and no MIG device', () => {
    const answers = asked('none')
    expect(answers.slice(0, 9)).toEqual(Array(9).fill(noPermission))
    expect(answers[9]).toBe(notFound)
    expect(answers.slice(10)).toEqual(publicAnswers)
  })

  test('without privileges do not find a MIG device by its UUID either', () => {
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
    ['none', 'admin', [noPermission, noPermission, noPermission]],
  ])('%s on a machine that grants %s', (ofProcess, ofMachine, expected) => {
    expect(asked(ofProcess, ofMachine)).toEqual(expected)
  })

  test('must be known', () => {
    const variables = { MACHINE: 'T4', PRIVILEGES: 'root' }
    expect(codes(runCalls(variables, ['init']))).toEqual([nvml.driverNotLoaded])
  })
})
