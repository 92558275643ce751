// Where GPUs sit in their host: common ancestors, near processors and memory, peer-to-peer status.
import { expect, test } from 'vitest'
import { codes, inSession, nvml, runCalls } from './shell.js'

/** NVML_TOPOLOGY_*, by the words of `nvidia-smi topo -m`. */
const levels = { X: 0, PIX: 10, PXB: 20, PHB: 30, NODE: 40, SYS: 50 } as const
type Level = keyof typeof levels

const everyGpu = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** `48-63,176-191` */
function numbersIn(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, at) => first + at)
  })
}

function topologyOf(machine: string, count: number): string[] {
  const pairs = everyGpu(count).flatMap((a) =>
    everyGpu(count).map((b) => `ancestor gpu${a} gpu${b}`),
  )
  const answers = inSession(machine, pairs).map(({ level }) => level)
  const words = answers.map(
    (level) => Object.keys(levels).find((word) => levels[word as Level] === level) ?? `${level}?`,
  )
  return everyGpu(count).map((row) => words.slice(row * count, (row + 1) * count).join(' '))
}

// `nvidia-smi topo -m` of the two computers: NVIDIA/nccl#1505 (DGX A100), vllm-project/vllm#13855
// (eight H100).
const captures = {
  '8x A100-SXM4-40GB': [
    ['48-63,176-191', 3],
    ['48-63,176-191', 3],
    ['16-31,144-159', 1],
    ['16-31,144-159', 1],
    ['112-127,240-255', 7],
    ['112-127,240-255', 7],
    ['80-95,208-223', 5],
    ['80-95,208-223', 5],
  ],
  '8x H100 80GB HBM3 on dgx-h100': [
    ...everyGpu(4).map(() => ['0-55,112-167', 0] as const),
    ...everyGpu(4).map(() => ['56-111,168-223', 1] as const),
  ],
} as const

test.each(Object.entries(captures))(
  'every GPU on %s has the processors and the memory of the captured machine',
  (machine, gpus) => {
    const answers = inSession(
      machine,
      gpus.flatMap((_, gpu) => [`cpus gpu${gpu} 4`, `cpus gpu${gpu} 4 0`, `nodes gpu${gpu} 1 0`]),
    )
    for (const [gpu, [cpus, node]] of gpus.entries()) {
      const [plain, scoped, memory] = answers.slice(3 * gpu)
      expect(plain).toMatchObject({ ret: nvml.success, numbers: numbersIn(cpus) })
      expect(scoped).toMatchObject({ ret: nvml.success, numbers: numbersIn(cpus) })
      expect(memory).toMatchObject({ ret: nvml.success, numbers: [node] })
    }
  },
)

test('the socket of a GPU on a DGX A100 has half of its nodes', () => {
  const [cpus, nodes] = inSession('8x A100-SXM4-40GB', ['cpus gpu0 4 1', 'nodes gpu7 1 1'])
  expect(cpus).toMatchObject({ numbers: numbersIn('0-63,128-191') })
  expect(nodes).toMatchObject({ numbers: [4, 5, 6, 7] })
})

test('a machine with up to eight GPUs is a DGX A100 with two GPUs behind the same switches', () => {
  expect(topologyOf('4x T4', 4)).toEqual([
    'X PXB SYS SYS',
    'PXB X SYS SYS',
    'SYS SYS X PXB',
    'SYS SYS PXB X',
  ])
})

test('a machine with more than eight GPUs has pairs behind one switch, on two sockets', () => {
  const rows = topologyOf('12x T4', 12)
  expect(rows[0]).toBe('X PIX NODE NODE NODE NODE SYS SYS SYS SYS SYS SYS')
  expect(rows[11]).toBe('SYS SYS SYS SYS SYS SYS NODE NODE NODE NODE PIX X')
})

test.each([
  ['3x T4 on one-socket', ['X PHB PHB', 'PHB X PHB', 'PHB PHB X']],
  ['4x T4 on pcie-pairs', ['X PIX SYS SYS', 'PIX X SYS SYS', 'SYS SYS X PIX', 'SYS SYS PIX X']],
  ['5x T4 on dgx-h100', [...everyGpu(4).map(() => expect.anything()), 'SYS SYS SYS SYS X']],
  ['2x A30 +mig, T4 on dgx-h100', ['X NODE NODE', 'NODE X NODE', 'NODE NODE X']],
])('the text of the machine names its host: %s', (machine, rows) => {
  expect(topologyOf(machine, rows.length)).toEqual(rows)
})

test('PCI addresses follow the host, and lookups find the GPUs by them', () => {
  const [dgx, other] = inSession('8x H100 80GB HBM3 on dgx-h100', [
    'at 0000:DF:00.0',
    'at 0000:BD:00.0',
  ])
  expect(codes([dgx, other].map((answer) => answer ?? { ret: -1 }))).toEqual([
    nvml.success,
    nvml.notFound,
  ])
})

test('the nearest GPUs are all others up to a level', () => {
  const answers = inSession('8x T4 on pcie-pairs', [
    'nearest gpu2 10 0',
    'nearest gpu2 10 8',
    'nearest gpu2 40 8',
    'nearest gpu2 50 8',
    'nearest gpu2 50 2',
    'nearest gpu2 0 8',
  ])
  expect(answers).toMatchObject([
    { ret: nvml.success, count: 1, gpus: [] },
    { ret: nvml.success, gpus: [3] },
    { ret: nvml.success, gpus: [0, 1, 3] },
    { ret: nvml.success, gpus: [0, 1, 3, 4, 5, 6, 7] },
    { ret: nvml.success, gpus: [0, 1] },
    { ret: nvml.success, count: 0, gpus: [] },
  ])
})

test('a processor is near the GPUs of its node', () => {
  const answers = inSession('8x A100-SXM4-40GB', [
    'near-cpu 16 0',
    'near-cpu 16 8',
    'near-cpu 191 8',
    'near-cpu 0 8',
    'near-cpu 256 8',
  ])
  expect(answers).toMatchObject([
    { ret: nvml.success, count: 2 },
    { ret: nvml.success, gpus: [2, 3] },
    { ret: nvml.success, gpus: [0, 1] },
    { ret: nvml.success, count: 0 },
    { ret: nvml.invalidArgument },
  ])
})

test('GPUs reach each other over PCIe, not over NVLink, and not at all in MIG mode', () => {
  const [read, write, nvlink, atomics, pcie, mig, other] = inSession(
    '2x A100-SXM4-40GB, A100-SXM4-40GB +mig, T4',
    [
      ...everyGpu(5).map((capability) => `peer gpu0 gpu1 ${capability}`),
      'peer gpu0 gpu2 0',
      'peer gpu0 gpu3 0',
    ],
  )
  const [ok, notSupported] = [0, 5]
  expect(
    [read, write, nvlink, atomics, pcie, mig, other].map((answer) => answer?.['status']),
  ).toEqual([ok, ok, notSupported, notSupported, ok, notSupported, notSupported])
})

test('no two GPUs share a board', () => {
  const answers = inSession('2x T4', ['same-board gpu0 gpu1', 'same-board gpu1 gpu1'])
  expect(answers).toEqual([
    { ret: nvml.success, same: 0 },
    { ret: nvml.success, same: 1 },
  ])
})

test('an invalid GPU, level, scope or length is an invalid argument', () => {
  const answers = inSession('2x A100-SXM4-40GB', [
    'ancestor gpu0 garbage',
    'ancestor garbage gpu0',
    'ancestor gpu0 null',
    'nearest gpu0 15 8',
    'nearest gpu0 60 8',
    'cpus gpu0 0',
    'cpus gpu0 1 2',
    'nodes gpu0 1 2',
    'peer gpu0 gpu1 5',
    'peer gpu0 garbage 0',
    'same-board garbage gpu0',
  ])
  expect(new Set(codes(answers))).toEqual(new Set([nvml.invalidArgument]))
})

test('processors beyond the length of the array are left out', () => {
  const [one, four] = inSession('8x A100-SXM4-40GB', ['cpus gpu0 1', 'cpus gpu0 5'])
  expect(one).toMatchObject({ ret: nvml.success, numbers: numbersIn('48-63') })
  expect(four).toMatchObject({ ret: nvml.success, numbers: numbersIn('48-63,176-191') })
})

test.each([
  ['9x T4 on dgx-a100', 'has room for 8 GPUs, not for 9'],
  ['T4 on nowhere', 'the hosts are dgx-a100, dgx-h100, one-socket, pcie-pairs'],
  ['T4 on dgx-a100, T4', 'unknown host'],
])('the machine "%s" is refused', (machine, reason) => {
  const [answer] = runCalls('T4', [`control create machine="${machine}"`])
  expect(JSON.stringify(answer?.['reply'])).toContain(reason)
})

test('a text and an argument that name two hosts are refused', () => {
  const answers = runCalls('T4', [
    'control create machine="T4 on dgx-a100" host=dgx-h100',
    'control create machine=T4 host=elsewhere',
    'control create machine="T4 on dgx-h100" host=dgx-h100',
  ])
  expect(JSON.stringify(answers[0]?.['reply'])).toContain('host= names')
  expect(JSON.stringify(answers[1]?.['reply'])).toContain('host must be one of dgx-a100')
  expect(answers[2]?.['reply']).toHaveProperty('machine')
})
