import { describe, expect, test } from 'vitest'
import { parseHooks } from '../../../../lib/machine/hooks/hooks-document.js'
import type { HooksInput } from '../../../../types/machine/hooks.js'
import { migErrorOf } from '../../../support/errors.js'

// In the form of the file that NVIDIA's package installs (its deployments/systemd/hooks-default.yaml).
const shipped = `version: v1
hooks:
    apply-start:
    - workdir: "/etc/nvidia-mig-manager"
      command: "/bin/bash"
      args: ["-x", "-c", "source hooks.sh; apply-start"]
    apply-exit:
    - command: "/bin/bash"
    - command: "/bin/true"
      envs:
        NODE: one
`

test('the hooks file of NVIDIA’s package is read unchanged', () => {
  const hooks = parseHooks(shipped, false)
  expect(hooks.get('apply-start')).toEqual([
    {
      command: '/bin/bash',
      args: ['-x', '-c', 'source hooks.sh; apply-start'],
      envs: {},
      workdir: '/etc/nvidia-mig-manager',
    },
  ])
  expect(hooks.get('apply-exit')).toMatchObject([
    { command: '/bin/bash', args: [], workdir: '' },
    { command: '/bin/true', envs: { NODE: 'one' } },
  ])
  expect(hooks.get('pre-apply-mode')).toEqual([])
})

test.each([
  ['an empty text', ''],
  ['no hooks', 'version: v1'],
  ['an empty list', 'hooks: {apply-start: }'],
  ['JSON', '{"version":"v1","hooks":{}}'],
  ['an empty object', {}],
])('a hooks document that is %s has no hooks', (_, input) => {
  expect([...parseHooks(input as HooksInput, false).values()].flat()).toEqual([])
})

test('numbers and booleans in a hooks document become text, as with mig-parted', () => {
  const [hook] =
    parseHooks(
      'hooks: {apply-exit: [{command: sh, args: [1, true], envs: {COUNT: 7}}]}',
      false,
    ).get('apply-exit') ?? []
  expect(hook).toMatchObject({ args: ['1', 'true'], envs: { COUNT: '7' } })
})

describe('an invalid hooks document', () => {
  test.each([
    [
      'a hook without a command',
      'hooks:\n  apply-exit:\n    - args: []',
      /command is missing \(line 3/,
    ],
    ['an unknown field', 'hooks:\n  apply-exit:\n    - command: a\n      dir: /', /dir.*line 4/],
    ['args that are no list', 'hooks:\n  apply-exit:\n    - command: a\n      args: x', /line 4/],
    ['a list that is none', 'hooks:\n  apply-exit:\n    command: a', /must be a list of hooks/],
    ['no YAML', 'hooks: [', /The hooks document is not readable/],
    [
      'a variable whose name has an equals sign',
      'hooks: {apply-exit: [{command: a, envs: {A=B: c}}]}',
      /is not the name of an environment variable/,
    ],
    [
      'an empty command',
      'hooks: {apply-exit: [{command: ""}]}',
      /hooks\.apply-exit\[0\]\.command is empty/,
    ],
    ['another version', 'version: v2', /must be the text "v1"/],
    ['a typing error', 'hooks:\n  pre-aply-mode: []', /did you mean pre-apply-mode\? \(line 2/],
    ['something unknown at the top', 'hook: {}', /hook is not a field/],
  ])('the error for an invalid hooks document says where: %s', (_, text, message) => {
    const error = migErrorOf(() => parseHooks(text, false))
    expect(error.code).toBe('MIG_CONFIG_INVALID')
    expect(error.message).toMatch(message)
    expect(error.issues?.length).toBeGreaterThan(0)
  })
})

test('with lenient, unknown hook points and versions are ignored', () => {
  const text = 'version: v7\nhooks: {later: [{command: a}], apply-exit: [{command: b}]}'
  const hooks = parseHooks(text, true)
  expect([...hooks.keys()]).not.toContain('later')
  expect(hooks.get('apply-exit')).toMatchObject([{ command: 'b' }])
})

test('a hooks document that is an object can have functions', () => {
  const restart = (): void => {}
  const hooks = parseHooks({ hooks: { 'apply-exit': [restart, { command: 'true' }] } }, false)
  expect(hooks.get('apply-exit')?.[0]).toBe(restart)
})
