// The other arguments of removing a GPU (NVML header, nvmlDetachGpuState_t and nvmlPcieLinkState_t).
import { expect, test } from 'vitest'
import { codes, inSession, nvml } from './shell.js'

const machine = '3x A100-SXM4-40GB'
// Bus of the second GPU in a machine of up to eight.
const bus = '0f'
const { success, invalidArgument, notSupported } = nvml
const [keep, remove, shutDown] = [0, 1, 1]

test.each([
  ['the operating system keeps it', keep],
  ['the operating system forgets it', remove],
])('a GPU is removed and discovered again: %s', (_, state) => {
  const answers = inSession(machine, [
    `remove ${bus} ${state} ${keep}`,
    'count',
    `discover ${bus}`,
    'count',
  ])
  expect(codes(answers)).toEqual(Array(4).fill(success))
  expect(answers[1]).toMatchObject({ count: 2 })
  expect(answers[3]).toMatchObject({ count: 3 })
})

test.each([
  ['below a device that is kept', keep, invalidArgument],
  ['of a port that keeps its link', remove, notSupported],
])('a request to shut the link down is refused %s', (_, state, ret) => {
  const answers = inSession(machine, [`remove ${bus} ${state} ${shutDown}`, 'count'])
  expect(answers[0]?.ret).toBe(ret)
  expect(answers[1]).toMatchObject({ count: 3 })
})

test.each([
  [2, keep],
  [remove, 2],
])('the GPU state %i with the link state %i is refused', (state, link) => {
  const answers = inSession(machine, [`remove ${bus} ${state} ${link}`, 'count'])
  expect(answers[0]?.ret).toBe(invalidArgument)
  expect(answers[1]).toMatchObject({ count: 3 })
})
