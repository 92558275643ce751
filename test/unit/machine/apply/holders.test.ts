import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { applyMigConfig, planMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine, writeRootTree } from '../../../../lib/simulator.js'
import type { LibraryRef } from '../../../../types/machine/options.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { type FakeProcess, fakeRoot, putProcess } from '../../../support/root-tree.js'
import { placesOf, wantOnAll } from '../../../support/wanted.js'

const seven = wantOnAll({ '1g.5gb': 7 })
const balanced = wantOnAll({ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })
const whole = wantOnAll({ '7g.40gb': 1 })
const container = 'c0ffee'.padEnd(64, '0')

interface Scene {
  readonly library: LibraryRef
  readonly root: string
  /** Opens the capability nodes of the instance that starts there. */
  put(pid: number, start: number, process?: FakeProcess & { readonly part?: 'gi' | 'ci' }): void
}

/** An A100 with seven 1g.5gb, and a file tree for its processes. */
async function sceneOf(machine: SimulatedMachine): Promise<Scene> {
  const root = fakeRoot()
  const library = { ...machine.library, root }
  await applyMigConfig(seven, { library })
  writeRootTree(machine, root)
  machine.resetCallCounts()
  const put: Scene['put'] = (pid, start, { part = 'ci', ...process } = {}) => {
    const gi = machine.describe().gpus[0]?.gpuInstances.find((gi) => gi.placement.start === start)
    // The minor numbers of the kernel module for GPU 0 (nv-caps.c).
    const minor = 3 + 9 * (gi?.id ?? -1)
    const nodes = part === 'gi' ? [minor] : [minor, minor + 1]
    const opens = nodes.map((node) => `/dev/nvidia-caps/nvidia-cap${node}`)
    putProcess(root, pid, { ...process, opens: ['/dev/nvidiactl', '/dev/nvidia0', ...opens] })
  }
  return { library, root, put }
}

const withMig = 'A100-SXM4-40GB +mig'

test('an MPS client that NVML lists twice is named once, as an MPS client', async () => {
  using machine = createSimulatedMachine(withMig)
  const { library } = await sceneOf(machine)
  const [first] = machine.describe().gpus[0]?.gpuInstances ?? []
  const place = { gpu: 0, gpuInstanceId: first?.id ?? -1, computeInstanceId: 0 }
  machine.addProcess({ ...place, pid: 4711, name: 'client', memoryMiB: 300, kind: 'mps' })
  machine.addProcess({ ...place, pid: 4712, name: 'other', memoryMiB: 20 })
  const { holders } = await rejectionOf(applyMigConfig(whole, { library }))
  expect(
    holders?.map(({ pid, kind, usedMemoryMiB }) => [pid, kind, usedMemoryMiB]).toSorted(),
  ).toEqual([
    [4711, 'mps', 300],
    [4712, 'compute', 20],
  ])
})

describe('a process that holds an instance and is not listed by NVML', () => {
  test('an unlisted holder blocks the destruction of its instance, and the error names it with all that is known', async () => {
    using machine = createSimulatedMachine(withMig)
    const { library, put } = await sceneOf(machine)
    const words = ['python3', '-u', 'train.py']
    put(4711, 2, { words, cgroup: `0::/system.slice/docker-${container}.scope\n` })
    const before = (await readMigState({ library })).gpus.map(placesOf)
    const error = await rejectionOf(applyMigConfig(whole, { library }))
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toMatch(/GPU 0 is in use/)
    expect(error.message).toMatch(
      /python3 -u train\.py \(pid 4711, docker container c0ffee000000\)/,
    )
    expect(error.message).toMatch(/1g\.5gb at 2:1, GPU instance \d+, compute instance 0/)
    expect(error.holders).toMatchObject([
      {
        gpuIndex: 0,
        pid: 4711,
        command: 'python3',
        commandLine: 'python3 -u train.py',
        container: { id: container, runtime: 'docker', podUid: null },
        computeInstanceId: 0,
        kind: null,
        foundBy: ['proc'],
      },
    ])
    expect(machine.callCounts().changing).toBe(0)
    expect((await readMigState({ library })).gpus.map(placesOf)).toEqual(before)
  })

  test('the instance of an unlisted holder keeps its placement if that is possible', async () => {
    using machine = createSimulatedMachine(withMig)
    const { library, put } = await sceneOf(machine)
    put(4711, 2)
    const report = await applyMigConfig(balanced, { library })
    expect(report.gpus[0]?.kept.map(({ placement }) => placement.start)).toContain(2)
  })

  test('an unlisted process can hold a GPU instance and none of its compute instances', async () => {
    using machine = createSimulatedMachine(withMig)
    const { library, put } = await sceneOf(machine)
    put(4711, 5, { part: 'gi' })
    const error = await rejectionOf(applyMigConfig(whole, { library }))
    expect(error.message).toMatch(/holds 1g\.5gb at 5:1/)
    expect(machine.callCounts().changing).toBe(0)
  })

  test('a process that NVML lists and that has device nodes open is named once', async () => {
    using machine = createSimulatedMachine(withMig)
    const { library, root } = await sceneOf(machine)
    const gi = machine.describe().gpus[0]?.gpuInstances[3]?.id ?? -1
    const place = { gpu: 0, gpuInstanceId: gi, computeInstanceId: 0 }
    machine.addProcess({ pid: 4711, ...place, name: 'python3' })
    writeRootTree(machine, root, { processes: true })
    const error = await rejectionOf(applyMigConfig(whole, { library }))
    expect(error.holders).toMatchObject([
      { pid: 4711, gpuInstanceId: gi, foundBy: ['nvml', 'proc'], kind: 'compute' },
    ])
  })
})

describe('a process that has only opened the GPU', () => {
  test('a process that has only opened the GPU blocks no change of instances, not even of all', async () => {
    using machine = createSimulatedMachine(withMig)
    const { library, root } = await sceneOf(machine)
    putProcess(root, 815, { words: ['nvidia-persistenced'], opens: ['/dev/nvidia0'] })
    expect((await applyMigConfig(whole, { library })).outcome).toBe('applied')
  })

  test('a process that has only opened the GPU blocks a reset; this process itself does not', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const root = fakeRoot()
    writeRootTree(machine, root)
    const library = { ...machine.library, root }
    putProcess(root, 815, { words: ['nvidia-persistenced'], opens: ['/dev/nvidia0'] })
    const error = await rejectionOf(applyMigConfig(seven, { library }))
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toMatch(/nvidia-persistenced \(pid 815\) has the GPU open/)
    expect(error.hint).toMatch(/skipReset/)
    expect(error.holders).toMatchObject([{ opensNodeOnly: true }])
    // The same handle, but of this process.
    const { symlinkSync } = await import('node:fs')
    symlinkSync('815', join(root, 'proc/self'))
    expect((await applyMigConfig(seven, { library })).outcome).toBe('applied')
  })

  test('a process that has opened another GPU blocks nothing', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB')
    const root = fakeRoot()
    writeRootTree(machine, root)
    const library = { ...machine.library, root }
    putProcess(root, 815, { opens: ['/dev/nvidia1'] })
    const first = { devices: [0], 'mig-enabled': true, 'mig-devices': { '7g.40gb': 1 } }
    const report = await applyMigConfig(
      { version: 'v1', 'mig-configs': { first: [first] } },
      { library },
    )
    expect(report.outcome).toBe('applied')
  })
})

test('a process of another PID namespace does not get the name of a local process', async () => {
  using machine = createSimulatedMachine(withMig)
  const { library, root } = await sceneOf(machine)
  const gi = machine.describe().gpus[0]?.gpuInstances[3]?.id ?? -1
  machine.addProcess({ pid: 77, gpu: 0, gpuInstanceId: gi, computeInstanceId: 0 })
  // In this namespace, 77 is an unrelated process.
  putProcess(root, 77, { words: ['sshd'], opens: ['/dev/null'] })
  const error = await rejectionOf(applyMigConfig(whole, { library }))
  expect(error.message).toMatch(/pid 77 uses/)
  expect(error.message).not.toMatch(/sshd/)
})

test('a machine without a file tree does not get processes of this computer', async () => {
  using machine = createSimulatedMachine(withMig)
  const { library } = machine
  await applyMigConfig(seven, { library })
  const gi = machine.describe().gpus[0]?.gpuInstances[3]?.id ?? -1
  machine.addProcess({ pid: process.pid, gpu: 0, gpuInstanceId: gi, computeInstanceId: 0 })
  const error = await rejectionOf(applyMigConfig(whole, { library }))
  expect(error.holders).toMatchObject([{ pid: process.pid, commandLine: null, container: null }])
})

test('a plan warns how many processes could not be inspected', async () => {
  using machine = createSimulatedMachine(withMig)
  const { library, root, put } = await sceneOf(machine)
  put(4711, 2)
  // Something unreadable in place of the folder, like another user's folder without root.
  rmSync(join(root, 'proc/4711/fd'), { recursive: true })
  const nobody = 65534
  const { chmodSync, mkdirSync } = await import('node:fs')
  mkdirSync(join(root, 'proc/4711/fd'), { mode: 0o500 })
  chmodSync(root, 0o755)
  process.seteuid?.(nobody)
  try {
    const { warnings } = await planMigConfig(whole, { library })
    expect(warnings.join()).toMatch(/could not inspect 1 process /)
  } finally {
    process.seteuid?.(0)
  }
})
