// Processes on GPUs and MIG devices.
import { expect, test } from 'vitest'
import { inSession, nvml } from './shell.js'

const machine = 'A100-SXM4-40GB +mig'

const calls = [
  'create gpu0 9 4 4',
  'create-ci gpu0 2 2',
  'control add-process pid=7 gpu=0 gi=2 ci=0 memory-mib=100',
  'control add-process pid=8 gpu=0 gi=2 ci=0 memory-mib=200',
]

test('a process list takes the array length and returns the number of processes', () => {
  const answers = inSession(machine, [...calls, 'processes gpu0 0', 'processes mig0.0 2']).slice(4)
  expect(answers[0]).toMatchObject({ ret: nvml.insufficientSize, count: 2 })
  expect(answers[1]).toMatchObject({
    ret: nvml.success,
    processes: [
      { pid: 7, gi: 2, ci: 0 },
      { pid: 8, gi: 2, ci: 0 },
    ],
  })
})

test('processes hold the memory of their instance', () => {
  const [mig] = inSession(machine, [...calls, 'memory mig0.0']).slice(4)
  expect(mig).toMatchObject({ totalMiB: 19968, usedMiB: 300, freeMiB: 19668 })
})

test('a reboot ends all processes', () => {
  const answers = inSession(machine, [...calls, 'control reboot', 'init', 'processes gpu0 8'])
  const list = answers.at(-1)
  expect(list).toMatchObject({ ret: nvml.success, count: 0 })
})

test('a process on an absent instance is refused', () => {
  const [answer] = inSession(machine, ['control add-process pid=7 gpu=0 gi=2 ci=0'])
  expect(answer?.ret).not.toBe(0)
})

// "M+C" in the manual of nvidia-smi: both of NVML's lists have it.
test('a client of an MPS server is also a compute process, and its memory counts once', () => {
  const answers = inSession('H100 80GB HBM3 +mig', [
    'create gpu0 0',
    'create-ci gpu0 0 4',
    'control add-process pid=7 gpu=0 gi=0 ci=0 memory-mib=100 kind=mps',
    'control add-process pid=8 gpu=0 gi=0 ci=0 memory-mib=20',
    'control add-process pid=9 gpu=0 gi=0 ci=0 memory-mib=3 kind=graphics',
    'processes mig0.0 8',
    'processes mig0.0 8 mps',
    'memory mig0.0',
    'detailed gpu0 0',
    'detailed gpu0 2',
    'detailed gpu0 3',
  ])
  const [compute, mps, memory, detailedCompute, detailedMps, all] = answers.slice(5)
  expect(compute).toMatchObject({ ret: nvml.success, processes: [{ pid: 7 }, { pid: 8 }] })
  expect(mps).toMatchObject({ ret: nvml.success, processes: [{ pid: 7 }] })
  expect(memory).toMatchObject({ usedMiB: 123 })
  expect(detailedCompute).toMatchObject({ pids: [7, 8] })
  expect(detailedMps).toMatchObject({ pids: [7] })
  expect(all).toMatchObject({ pids: [7, 8, 9] })
})

test('a process is in one place either a client of an MPS server or not', () => {
  const answers = inSession('T4', [
    'control add-process pid=7 gpu=0 kind=mps',
    'control add-process pid=7 gpu=0 kind=compute',
    'control add-process pid=7 gpu=0 kind=graphics',
  ])
  expect(answers.map(({ ret }) => ret === 0)).toEqual([true, false, true])
})
