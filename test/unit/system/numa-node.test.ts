import { expect, test } from 'vitest'
import { readNumaNode } from '../../../lib/system/numa-node.js'
import { fakeRoot, putFile } from '../../support/root-tree.js'

test.each([
  ['00000000:07:00.0', '0000:07:00.0'],
  ['00000000:AF:00.0', '0000:af:00.0'],
  // The kernel writes a domain with at least four digits.
  ['00010000:01:00.0', '10000:01:00.0'],
  ['0000B7A1:00:00.0', 'b7a1:00:00.0'],
])('the NUMA node of the GPU %s is that of the device %s', (pciBusId, device) => {
  const root = fakeRoot()
  putFile(root, `sys/bus/pci/devices/${device}/numa_node`, '1\n')
  expect(readNumaNode(root, pciBusId)).toBe(1)
})

test.each(['-1\n', '', 'one\n', '12345\n'])(
  'a NUMA node that the kernel gives as %j is not known',
  (text) => {
    const root = fakeRoot()
    putFile(root, 'sys/bus/pci/devices/0000:07:00.0/numa_node', text)
    expect(readNumaNode(root, '00000000:07:00.0')).toBeNull()
  },
)

test('a GPU that is not there, and an address that is none, have no NUMA node', () => {
  const root = fakeRoot()
  putFile(root, 'sys/bus/pci/numa_node', '1\n')
  expect(readNumaNode(root, '00000000:07:00.0')).toBeNull()
  expect(readNumaNode(root, '..')).toBeNull()
})
