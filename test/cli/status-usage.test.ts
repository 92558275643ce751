// What `status` shows of the memory and the processes of MIG devices, and its list in the lines of nvidia-smi.
import { expect, onTestFinished, test } from 'vitest'
import { applyMigConfig, readMigState } from '../../lib/index.js'
import { listMigDevices } from '../../lib/model/mig-devices.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { MachineFolder } from '../native/apply/processes.js'
import { configure } from '../support/configure.js'
import { runInProcess } from './run-in-process.js'

/** A machine whose GPU 0 has a 3g.20gb and a 1g.5gb+me, whose GPU 1 has two 1c.3g.20gb, and whose GPU 2 has no MIG. */
async function divide() {
  const folder = new MachineFolder()
  const machine = createSimulatedMachine('2x A100-SXM4-40GB, T4', { store: folder.store })
  onTestFinished(() => {
    machine.close()
    folder[Symbol.dispose]()
  })
  const { library } = machine
  await applyMigConfig(configure({ '3g.20gb': 1, '1g.5gb+me': 1 }, { '1c.3g.20gb': 2 }), {
    library,
  })
  const devices = listMigDevices(await readMigState({ library }))
  const half = devices.find(({ name }) => name === '3g.20gb')
  if (half === undefined) throw new Error('no 3g.20gb')
  const { gpuInstanceId, computeInstanceId } = half
  return {
    machine,
    devices,
    half,
    addProcess: (pid: number, name: string) =>
      machine.addProcess({ pid, name, gpu: 0, memoryMiB: 300, gpuInstanceId, computeInstanceId }),
    status: (...args: readonly string[]) =>
      runInProcess(['status', ...args, '--store', folder.store]),
    narrow: (...args: readonly string[]) =>
      runInProcess(['status', ...args, '--store', folder.store], { textColumns: 80 }),
    wide: (...args: readonly string[]) =>
      runInProcess(['status', ...args, '--store', folder.store], { textColumns: 200 }),
  }
}

test('status shows the profile, the placement, the memory and the processes of each MIG device', async () => {
  const { half, addProcess, wide } = await divide()
  addProcess(4711, 'python')
  addProcess(4712, 'trainer')
  const { out } = await wide()
  const { start, size } = half.placement ?? {}
  const used = `profile 9 at ${start}:${size}, 600 of 19968 MiB used`
  const [line = '', ...next] = out.slice(out.indexOf(`${half.uuid}`)).split('\n')
  expect(line).toBe(`${half.uuid}  ${used}`)
  expect(next.slice(0, 2)).toEqual([
    '       300 MiB  python (pid 4711)',
    '       300 MiB  trainer (pid 4712)',
  ])
  // Two compute instances share a GPU instance, so each shows where it lies inside.
  expect(out.match(/profile 9 at \d:4, slices [01]:1, 0 of 19968 MiB used$/gm)).toHaveLength(2)
})

test('on a terminal of 80 columns, no line about a MIG device or a process is longer', async () => {
  const { addProcess, narrow } = await divide()
  addProcess(4711, 'x'.repeat(63))
  const { out } = await narrow()
  const lines = out.slice(out.indexOf('GPU 0  1g')).split('\n')
  expect(lines.filter((line) => line.length > 80)).toEqual([])
  expect(out).toMatch(/^ {7}300 MiB {2}x+…$/m)
})

test('status shows a process that uses a whole GPU', async () => {
  const { machine, status } = await divide()
  machine.addProcess({ pid: 99, name: 'python', gpu: 2, memoryMiB: 40 })
  expect((await status()).out).toMatch(/^GPU 2 {2}whole GPU {2}40 MiB {2}python \(pid 99\)$/m)
})

test('status --no-processes asks the driver for no process and no memory in use', async () => {
  const { machine, half, addProcess, status } = await divide()
  addProcess(4711, 'python')
  machine.resetCallCounts()
  const { out } = await status('--no-processes')
  expect(out).toContain(`${half.uuid}\n`)
  expect(out).not.toMatch(/python|used/)
  const { byFunction } = machine.callCounts()
  expect(Object.keys(byFunction).filter((fn) => /RunningProcesses/.test(fn))).toEqual([])
})

test('status --json has the usage of each GPU, and that of one GPU with --gpu', async () => {
  const { half, addProcess, status } = await divide()
  addProcess(4711, 'python')
  const { usage, cudaVersion } = JSON.parse((await status('--json')).out)
  expect(cudaVersion).toBe('13.0')
  expect(usage).toHaveLength(3)
  expect(usage[0]).toMatchObject({
    gpuIndex: 0,
    processes: [{ pid: 4711, gpuInstanceId: half.gpuInstanceId, usedMemoryMiB: 300 }],
    unreadable: [],
  })
  const one = JSON.parse((await status('--json', '--gpu', '0')).out)
  expect(one.usage).toEqual(usage.slice(0, 1))
  expect(JSON.parse((await status('--json', '--no-processes')).out)).not.toHaveProperty('usage')
})

test('status says what a user without mig/monitor cannot see, once for equal GPUs', async () => {
  const { machine, status } = await divide()
  machine.setPrivileges('none')
  const { status: code, out } = await status()
  expect(code).toBe(0)
  expect(out).toMatch(
    /^GPU 0, 1: not known: memory in use, processes of other users \(NVML_ERROR_NO_PERMISSION\)$/m,
  )
  expect(out).toContain('nvidia-cap2')
})

// The form of the lines is that of captures of drivers 530 and 535 (NVIDIA/nvidia-container-toolkit#203, DataDog/datadog-agent#33120)
// and of the MIG User Guide (1c.3g.20gb). An H100 printed a 1g.10gb+me without the +me, as its driver names it.
const form =
  /^GPU \d+: .+ \(UUID: GPU-[0-9a-f-]{36}\)$|^ {2}MIG (?=.{12}Device)\S+ +Device [ 0-9]\d: \(UUID: MIG-[0-9a-f-]{36}\)$/

test('status -L prints the lines of nvidia-smi -L: GPUs, and MIG devices with their indexes of NVML', async () => {
  const { devices, status } = await divide()
  const { status: code, out, err } = await status('-L')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const lines = out.trimEnd().split('\n')
  expect(lines.filter((line) => !form.test(line))).toEqual([])
  expect(lines.map((line) => line.replace(/ \(UUID: .*/, ''))).toEqual([
    'GPU 0: NVIDIA A100-SXM4-40GB',
    '  MIG 3g.20gb     Device  0:',
    '  MIG 1g.5gb      Device  1:',
    'GPU 1: NVIDIA A100-SXM4-40GB',
    '  MIG 1c.3g.20gb  Device  0:',
    '  MIG 1c.3g.20gb  Device  1:',
    'GPU 2: Tesla T4',
  ])
  const uuids = [...out.matchAll(/MIG-[0-9a-f-]{36}/g)].map(([uuid]) => uuid)
  expect(uuids.toSorted()).toEqual(devices.map(({ uuid }) => uuid).toSorted())
})

test('status -L --gpu lists one GPU, --json gives the same as data, and a lost GPU is left out', async () => {
  const { machine, status } = await divide()
  const { out } = await status('-L', '--gpu', '2')
  expect(out).toMatch(/^GPU 2: Tesla T4 \(UUID: GPU-[0-9a-f-]{36}\)\n$/)
  const [gpu] = JSON.parse((await status('-L', '--json', '--gpu', '1')).out)
  expect(gpu).toMatchObject({ index: 1, migDevices: [{ index: 0, name: '1c.3g.20gb' }, {}] })
  machine.loseGpu(1)
  expect((await status('-L')).out.match(/^GPU \d/gm)).toEqual(['GPU 0', 'GPU 2'])
  expect(await status('-L', '--gpu', '7')).toMatchObject({
    status: 1,
    err: expect.stringContaining('MIG_GPU_NOT_FOUND'),
  })
})

test('status -L shows MIG devices to a user who may not list instances', async () => {
  const { machine, status } = await divide()
  const asRoot = (await status('-L')).out
  machine.setPrivileges('monitor')
  expect((await status('-L')).out).toBe(asRoot)
})
