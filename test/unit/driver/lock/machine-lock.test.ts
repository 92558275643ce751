import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { acquireLock, type Lock } from '../../../../lib/driver/lock/lock.js'
import { lockGpus, lockMachine, tryLockGpu } from '../../../../lib/driver/lock/machine-lock.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { GpuUuid } from '../../../../types/model/state.js'
import { isWaiting, untilBlocked } from '../../../support/waiting.js'

const [a, b, c] = ['GPU-aa', 'GPU-bb', 'GPU-cc'] as const satisfies readonly GpuUuid[]

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-nvml-'))
  path = join(folder, 'lock')
})

afterEach(() => rmSync(folder, { recursive: true }))

test('locks of different GPUs are held at the same time, the lock of one GPU by one process only', async () => {
  const first = await lockGpus(path, [b, a])
  const second = await lockGpus(path, [c])
  const third = lockGpus(path, [c, a])
  expect(await isWaiting(third)).toBe(true)
  first.release()
  expect(await isWaiting(third)).toBe(true)
  second.release()
  ;(await third).release()
})

test('a UUID that leads out of the folder of the lock is refused, and no file is made', async () => {
  for (const uuid of ['GPU-../../x', 'GPU-a/b', 'GPU-a\n'] as const) {
    await expect(lockGpus(path, [uuid])).rejects.toMatchObject({ code: 'MIG_DRIVER_INVALID' })
    expect(() => tryLockGpu(path, uuid)).toThrow('UUID')
  }
  expect(readdirSync(folder).filter((name) => name.includes('GPU'))).toEqual([])
})

test('locks of the same GPUs in different orders never deadlock', async () => {
  const rounds = Array.from({ length: 30 }, async (_, n) => {
    const lock = await lockGpus(path, n % 2 === 0 ? [a, b, c] : [c, b, a])
    await setImmediate()
    lock.release()
  })
  await Promise.all(rounds)
})

test('a GPU that is named twice is locked once', async () => {
  const lock = await lockGpus(path, [a, b, a])
  lock.release()
  ;(await lockGpus(path, [a, b])).release()
})

test('a lock of the machine waits for locks of its GPUs, and the other way round', async () => {
  const gpu = await lockGpus(path, [a])
  const machine = lockMachine(path)
  expect(await isWaiting(machine)).toBe(true)
  gpu.release()
  const held = await machine
  const again = lockGpus(path, [b])
  expect(await isWaiting(again)).toBe(true)
  held.release()
  ;(await again).release()
})

test('later locks of GPUs do not delay a waiting lock of the machine', async () => {
  const first = await lockGpus(path, [a])
  const machine = lockMachine(path)
  expect(await isWaiting(machine)).toBe(true)
  const later = lockGpus(path, [b])
  expect(await isWaiting(later)).toBe(true)
  first.release()
  ;(await machine).release()
  ;(await later).release()
})

test('a waiting process learns the names of all holders, also of a shared lock', async () => {
  const gpu = await lockGpus(path, [a])
  const told: (readonly [string | null, string])[] = []
  const onWaiting = (holder: string | null, file: string): void => {
    told.push([holder, basename(file)])
  }
  const machine = lockMachine(path, { onWaiting })
  const same = lockGpus(path, [a], { onWaiting })
  await isWaiting(machine)
  expect(told[0]?.[1]).toBe('lock')
  expect(told[0]?.[0]).toMatch(new RegExp(`^${process.pid} \\S`))
  gpu.release()
  ;(await machine).release()
  ;(await same).release()
})

test('a process behind one that waits for the machine learns at once which processes hold it', async () => {
  const holder = await lockGpus(path, [a])
  const machine = lockMachine(path)
  expect(await isWaiting(machine)).toBe(true)
  const onWaiting = vi.fn()
  const later = lockGpus(path, [b], { onWaiting })
  expect(await isWaiting(later)).toBe(true)
  // It waits at the gate, and learns about the machine's file.
  expect(onWaiting.mock.calls).toEqual([[expect.stringMatching(`^${process.pid} `), path]])
  holder.release()
  ;(await machine).release()
  ;(await later).release()
})

test('an aborted wait leaves no lock behind', async () => {
  const held = await lockGpus(path, [b])
  const controller = new AbortController()
  const given = lockGpus(path, [a, b], { signal: controller.signal })
  await untilBlocked()
  controller.abort(new Error('enough'))
  await expect(given).rejects.toThrow('enough')
  ;(await lockGpus(path, [a])).release()
  held.release()
  ;(await lockMachine(path)).release()
})

test('an aborted wait does not make a removed lock file again', async () => {
  const threads = (): number => readdirSync('/proc/self/task').length
  const before = threads()
  const held = await lockGpus(path, [b])
  const controller = new AbortController()
  const given = lockGpus(path, [b], { signal: controller.signal })
  await untilBlocked()
  controller.abort(new Error('enough'))
  await expect(given).rejects.toThrow('enough')
  rmSync(join(folder, `lock.${b}`))
  held.release()
  await vi.waitFor(() => expect(threads()).toBeLessThanOrEqual(before), { timeout: 60_000 })
  expect(readdirSync(folder)).not.toContain(`lock.${b}`)
})

test('with a lock file without a name, a lock of a GPU is a lock of the machine', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  const file = machine.library.lockFile ?? ''
  expect(file).toMatch(/^\/proc\//)
  const held = await lockGpus(file, [a])
  const other = lockGpus(file, [b])
  expect(await isWaiting(other)).toBe(true)
  held.release()
  ;(await other).release()
  expect(tryLockGpu(file, a)).toBeNull()
})

test('a GPU whose file cannot be locked locks the machine', async () => {
  mkdirSync(join(folder, `lock.${a}`))
  const held = await lockGpus(path, [a])
  const other = lockGpus(path, [b])
  expect(await isWaiting(other)).toBe(true)
  held.release()
  ;(await other).release()
})

test('a further GPU is locked at once or not at all', async () => {
  const held = await lockGpus(path, [a])
  expect(tryLockGpu(path, a)).toBeNull()
  const more: Lock | null = tryLockGpu(path, b)
  expect(more).not.toBeNull()
  const later = lockGpus(path, [b])
  expect(await isWaiting(later)).toBe(true)
  more?.release()
  held.release()
  // The thread that waits must be gone before the folder goes: it would make the file anew.
  ;(await later).release()
})

test('a shared lock writes no name into its file', async () => {
  ;(await acquireLock(path)).release()
  expect(readFileSync(path, 'utf8')).not.toBe('')
  const shared = await acquireLock(path, { mode: 'shared' })
  expect(readFileSync(path, 'utf8')).toBe('')
  const second = await acquireLock(path, { mode: 'shared' })
  expect(readdirSync(folder)).not.toContain(`lock.${b}`)
  shared.release()
  second.release()
})
