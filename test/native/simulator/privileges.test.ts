// Who may do what (MIG User Guide, "MIG capabilities"): the mode needs an administrator, changes need
// mig/config, looking at everything needs mig/monitor.
import { describe, expect, test } from 'vitest'
import { codes, inSession, nvml } from './shell.js'

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
})
