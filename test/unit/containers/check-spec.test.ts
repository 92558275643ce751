import { describe, expect, test } from 'vitest'
import { cdiSpec, checkCdiSpec } from '../../../lib/containers.js'
import { withNumbers } from '../../support/device-numbers.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

const edits = { deviceNodes: [{ path: '/dev/nvidia0' }] }
const valid = {
  cdiVersion: '0.5.0',
  kind: 'nvidia.com/gpu',
  devices: [{ name: '0', containerEdits: edits }],
}

// Rules: CDI 1.1.0, SPEC.md, pkg/cdi and pkg/parser.
describe('checkCdiSpec', () => {
  test('checkCdiSpec returns a specification that runtimes take', () => {
    expect(checkCdiSpec(valid)).toBe(valid)
    const own = cdiSpec(withNumbers(stateOf([{ key: 'none' }])))
    expect(checkCdiSpec(JSON.parse(JSON.stringify(own)))).toEqual(own)
  })

  test.each([
    ['no object', 'text', []],
    ['no version', { ...valid, cdiVersion: undefined }, ['cdiVersion']],
    ['an unknown version', { ...valid, cdiVersion: '2.0.0' }, ['cdiVersion']],
    ['a kind without a class', { ...valid, kind: 'nvidia.com' }, ['kind']],
    ['a kind that begins with a digit', { ...valid, kind: '1vendor/gpu' }, ['kind']],
    ['a kind with three parts', { ...valid, kind: 'a.com/gpu/x' }, ['kind']],
    ['no devices', { ...valid, devices: [] }, ['devices']],
    ['an unknown field', { ...valid, extra: 1 }, []],
    ['a name with a plus', withDevice({ name: '1g.5gb+me' }), ['devices', 0, 'name']],
    ['a name with a slash', withDevice({ name: 'MIG-GPU-x/7/0' }), ['devices', 0, 'name']],
    ['a name that ends with a colon', withDevice({ name: '0:' }), ['devices', 0, 'name']],
    [
      'a device without edits',
      withDevice({ containerEdits: {} }),
      ['devices', 0, 'containerEdits'],
    ],
    [
      'a device with empty edits',
      withDevice({ containerEdits: { deviceNodes: [], env: [] } }),
      ['devices', 0, 'containerEdits'],
    ],
    [
      'two devices of one name',
      { ...valid, devices: [...valid.devices, ...valid.devices] },
      ['devices', 1],
    ],
    ['a node without a path', withNode({ path: '' }), nodePlace('path')],
    ['a node of an unknown type', withNode({ type: 'x' }), nodePlace('type')],
    [
      'a node with an unknown permission',
      withNode({ permissions: 'rx' }),
      nodePlace('permissions'),
    ],
    ['a node with a text for a number', withNode({ major: '195' }), nodePlace('major')],
    [
      'a variable without a value',
      withDevice({ containerEdits: { env: ['NAME'] } }),
      ['devices', 0, 'containerEdits', 'env', 0],
    ],
    [
      'a hook of an unknown moment',
      withDevice({ containerEdits: { hooks: [{ hookName: 'later', path: '/x' }] } }),
      ['devices', 0, 'containerEdits', 'hooks', 0, 'hookName'],
    ],
    [
      'a mount without a place in the container',
      withDevice({ containerEdits: { mounts: [{ hostPath: '/x' }] } }),
      ['devices', 0, 'containerEdits', 'mounts', 0, 'containerPath'],
    ],
    [
      'a version that is too low for names of digits',
      { ...valid, cdiVersion: '0.4.0' },
      ['cdiVersion'],
    ],
  ])('checkCdiSpec refuses %s and names the place', (_what, value, path) => {
    const error = migErrorOf(() => checkCdiSpec(value))
    expect(error.code).toBe('MIG_CDI_INVALID')
    expect(error.issues).toMatchObject([{ path }])
  })
})

// The lowest version for each feature: CDI 1.1.0, specs-go/version.go.
describe('the version of a specification', () => {
  const plain = { kind: 'nvidia.com/gpu', devices: [{ name: 'gpu0', containerEdits: edits }] }
  test.each([
    ['nothing special', plain, '0.3.0'],
    [
      'a mount with a type',
      withEdits({ mounts: [{ hostPath: '/a', containerPath: '/a', type: 'x' }] }),
      '0.4.0',
    ],
    ['a name that begins with a digit', { ...plain, devices: valid.devices }, '0.5.0'],
    [
      'a node with a path of the host',
      withEdits({ deviceNodes: [{ path: '/a', hostPath: '/b' }] }),
      '0.5.0',
    ],
    ['annotations', { ...plain, annotations: { a: 'b' } }, '0.6.0'],
    ['a dot in the class', { ...plain, kind: 'nvidia.com/gpu.x' }, '0.6.0'],
    ['groups', withEdits({ additionalGids: [44] }), '0.7.0'],
    ['Intel RDT', withEdits({ intelRdt: { closID: 'x' } }), '0.7.0'],
    [
      'network devices',
      withEdits({ netDevices: [{ hostInterfaceName: 'a', name: 'b' }] }),
      '1.1.0',
    ],
    ['monitoring of Intel RDT', withEdits({ intelRdt: { enableMonitoring: true } }), '1.1.0'],
  ])('a specification with %s needs its version and takes no lower one', (_what, spec, lowest) => {
    const versions = ['0.3.0', '0.4.0', '0.5.0', '0.6.0', '0.7.0', '0.8.0', '1.0.0', '1.1.0']
    const taken = versions.filter((cdiVersion) => {
      try {
        return checkCdiSpec({ cdiVersion, ...spec })
      } catch {
        return false
      }
    })
    expect(taken).toEqual(versions.slice(versions.indexOf(lowest)))
  })

  function withEdits(more: object): object {
    return { ...plain, devices: [{ name: 'gpu0', containerEdits: { ...edits, ...more } }] }
  }
})

function withDevice(changes: object): object {
  return { ...valid, devices: [{ ...valid.devices[0], ...changes }] }
}

function withNode(changes: object): object {
  return withDevice({ containerEdits: { deviceNodes: [{ path: '/dev/x', ...changes }] } })
}

function nodePlace(field: string): readonly (string | number)[] {
  return ['devices', 0, 'containerEdits', 'deviceNodes', 0, field]
}
