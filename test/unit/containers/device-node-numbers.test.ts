import { expect, test } from 'vitest'
import { deviceNodes, listContainerDevices } from '../../../lib/containers.js'
import type { ContainerDevice } from '../../../types/containers/device.js'
import type { DeviceNumbers } from '../../../types/model/device-numbers.js'
import { numbersFor, withNumbers } from '../../support/device-numbers.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

const state = withNumbers(
  stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@4'] }, { key: 'none' }]),
)
const [mig, gpu] = ['mig', 'gpu'].map((kind) =>
  listContainerDevices(state).find((device) => device.kind === kind),
) as [ContainerDevice, ContainerDevice]
const { majors } = numbersFor([])

test('nodes whose rights the driver does not say may be used by all', () => {
  const nodes = deviceNodes(withNumbers(state, { nodes: null }), gpu)
  expect(nodes).toEqual([{ path: '/dev/nvidia1', major: 195, minor: 1, mode: 0o666 }])
})

test.each<[string, ContainerDevice, Partial<DeviceNumbers>, RegExp]>([
  ['no list of majors', gpu, { majors: null }, /\/proc\/devices has no nvidia\b(?!-caps)/],
  [
    'no major of capabilities',
    mig,
    { majors: majors === null ? null : { ...majors, capabilities: null } },
    /\/proc\/devices has no nvidia-caps/,
  ],
])('a state with %s is refused, and the error says what lacks', (_what, device, changes, says) => {
  const { code, message } = migErrorOf(() => deviceNodes(withNumbers(state, changes), device))
  expect(code).toBe('MIG_DEVICE_NUMBERS_UNKNOWN')
  expect(message).toMatch(says)
})
