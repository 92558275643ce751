import { expect, test } from 'vitest'
import {
  holdersOfMode,
  usersOfDestroyed,
  usersOfWholeGpu,
} from '../../../lib/plan/gpu/in-the-way.js'
import type { PlanStep } from '../../../types/machine/plan.js'
import type { GpuProcess } from '../../../types/model/state.js'
import { geometryOf } from '../../support/geometry.js'
import { gpuWith } from '../../support/model-gpu.js'

const process = (pid: number, rest: Partial<GpuProcess>): GpuProcess => ({
  pid,
  command: null,
  kind: null,
  usedMemoryMiB: null,
  gpuInstanceId: null,
  computeInstanceId: null,
  opensNodeOnly: false,
  ...rest,
})
const inInstance = process(1, { gpuInstanceId: 3, computeInstanceId: 0 })
const onGpu = process(2, { kind: 'graphics' })
const nodeOnly = process(3, { opensNodeOnly: true })
const all = [inInstance, onGpu, nodeOnly]

const geometry = geometryOf('a100-40gb')

test.each([
  { from: true, to: true, byReset: true, skipReset: false, blocking: [] },
  { from: false, to: true, byReset: false, skipReset: false, blocking: [1, 2] },
  { from: false, to: true, byReset: false, skipReset: true, blocking: [1, 2] },
  { from: false, to: true, byReset: true, skipReset: false, blocking: [1, 2, 3] },
  { from: false, to: true, byReset: true, skipReset: true, blocking: [] },
  { from: true, to: false, byReset: true, skipReset: false, blocking: [1, 2, 3] },
  { from: true, to: false, byReset: true, skipReset: true, blocking: [1] },
  { from: true, to: false, byReset: false, skipReset: false, blocking: [1, 2] },
])('mode $from → $to, by reset: $byReset, skipped: $skipReset, is blocked by $blocking', (each) => {
  const { from, to, byReset, skipReset, blocking } = each
  const gpu = gpuWith(geometry, [], { mig: { enabled: from, pending: from } })
  const holders = holdersOfMode({ gpu, migEnabled: to, byReset, skipReset }, all)
  expect(holders.map(({ pid }) => pid)).toEqual(blocking)
})

test('no process blocks the mode of a GPU without MIG', () => {
  const gpu = gpuWith(geometry, [], { mig: null })
  const change = { gpu, migEnabled: false, byReset: true, skipReset: false }
  expect(holdersOfMode(change, all)).toEqual([])
})

test('processes that use the whole GPU block its first GPU instance, those with only its node open do not', () => {
  expect(usersOfWholeGpu(all)).toEqual([onGpu])
})

test('a process that holds a GPU instance loses any compute instance of it that goes', () => {
  const of = {
    gpu: 'GPU-0',
    gpuIndex: 0,
    gpuInstanceId: 3,
    profileId: 0,
    reason: { kind: 'unwanted' },
  }
  const part = {
    kind: 'destroy-compute-instance',
    ...of,
    computeInstanceId: 1,
  } as unknown as PlanStep
  const holder = process(4, { gpuInstanceId: 3 })
  const inThatPart = process(5, { gpuInstanceId: 3, computeInstanceId: 1 })
  const processes = [inInstance, onGpu, holder, inThatPart]
  expect(usersOfDestroyed({ steps: [part] }, processes)).toEqual([holder, inThatPart])
})
