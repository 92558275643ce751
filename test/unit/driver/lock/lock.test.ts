import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { acquireLock } from '../../../../lib/driver/lock/lock.js'
import { lockFileOf } from '../../../../lib/driver/lock/lock-file.js'
import { addonPath } from '../../../support/native-paths.js'
import { isWaiting, untilBlocked } from '../../../support/waiting.js'

const fixture = fileURLToPath(
  new URL('../../../native/addon/fixtures/hold-lock.mjs', import.meta.url),
)

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-nvml-'))
  path = join(folder, 'lock')
})

afterEach(() => rmSync(folder, { recursive: true }))

async function startHolder(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [fixture, addonPath(), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await once(child.stdout ?? child, 'data')
  expect(String(said)).toBe('held')
  return child
}

test('the second process waits, and learns the name of the holder', async () => {
  const first = await acquireLock(path)
  const holders: (string | null)[] = []
  const second = acquireLock(path, { onWaiting: (holder) => holders.push(holder) })
  expect(await isWaiting(second)).toBe(true)
  expect(holders).toEqual([readFileSync(path, 'utf8').trim()])
  expect(holders[0]).toMatch(new RegExp(`^${process.pid} \\S`))
  first.release()
  ;(await second).release()
})

test('waiters of one process get the lock in the order of their calls', async () => {
  const first = await acquireLock(path)
  const order: number[] = []
  const waiters = Array.from({ length: 20 }, async (_, n) => {
    const lock = await acquireLock(path)
    order.push(n)
    lock.release()
    lock.release()
  })
  first.release()
  await Promise.all(waiters)
  expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n))
})

test('an aborted wait does not harm the next wait', async () => {
  const first = await acquireLock(path)
  const controller = new AbortController()
  const given = acquireLock(path, { signal: controller.signal })
  const kept = acquireLock(path)
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(given).rejects.toBe(reason)
  expect(await isWaiting(kept)).toBe(true)
  first.release()
  ;(await kept).release()
  await expect(acquireLock(path, { signal: controller.signal })).rejects.toBe(reason)
  ;(await acquireLock(path)).release()
})

test('a wait that is aborted just after it got the lock releases the lock', async () => {
  const first = await acquireLock(path)
  const controller = new AbortController()
  const given = acquireLock(path, { signal: controller.signal })
  const holder = readFileSync(path, 'utf8')
  writeFileSync(path, 'nobody')
  first.release()
  // The thread writes the new holder into the file; this thread does not get to hear of it.
  while (readFileSync(path, 'utf8') !== holder);
  controller.abort()
  await expect(given).rejects.toMatchObject({ name: 'AbortError' })
  ;(await acquireLock(path)).release()
})

test('a wait that is aborted before the lock is free leaves the lock free', async () => {
  const holder = await startHolder()
  const controller = new AbortController()
  const given = acquireLock(path, { signal: controller.signal })
  await untilBlocked()
  controller.abort()
  await expect(given).rejects.toMatchObject({ name: 'AbortError' })
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  ;(await acquireLock(path)).release()
  ;(await acquireLock(path)).release()
})

test('the lock of a killed process is free', async () => {
  const holder = await startHolder()
  let told: string | null = null
  const waiting = acquireLock(path, {
    onWaiting: (who) => {
      told = who
    },
  })
  expect(await isWaiting(waiting)).toBe(true)
  expect(told).toBe(`${holder.pid} a holder`)
  holder.kill('SIGKILL')
  const lock = await waiting
  expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid} `))
  lock.release()
})

test('a file that is replaced during the wait is locked again', async () => {
  const holder = await startHolder()
  const waiting = acquireLock(path)
  await untilBlocked()
  rmSync(path)
  holder.kill('SIGKILL')
  const lock = await waiting
  // Another process agrees that it is held.
  const other = acquireLock(path)
  expect(await isWaiting(other)).toBe(true)
  lock.release()
  ;(await other).release()
})

test.each([
  ['a folder that is not there', () => join(folder, 'no/lock'), 'ENOENT'],
  [
    'a folder',
    () => {
      mkdirSync(path)
      return path
    },
    'EISDIR: it is a folder',
  ],
  [
    'a link, which might lead anywhere',
    () => {
      writeFileSync(join(folder, 'elsewhere'), 'precious')
      symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'))
      return join(folder, 'link')
    },
    'ELOOP: it is a link',
  ],
])('%s cannot be locked', async (_, make, code) => {
  const file = make()
  const error: unknown = await acquireLock(file).catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    name: 'MigError',
    code: 'MIG_LOCK_FAILED',
    message: expect.stringMatching(`${file}.*(${code})`),
  })
})

test('the lock file comes from the library, then from the environment, then from the system', () => {
  const before = process.env['MIG_NVML_LOCK']
  try {
    process.env['MIG_NVML_LOCK'] = '/from/environment'
    expect(lockFileOf({ path: 'x', lockFile: '/from/library' })).toBe('/from/library')
    expect(lockFileOf({ path: 'x' })).toBe('/from/environment')
    process.env['MIG_NVML_LOCK'] = ''
    expect(lockFileOf({ path: 'x' })).toBe('/run/mig-nvml/lock')
  } finally {
    if (before === undefined) delete process.env['MIG_NVML_LOCK']
    else process.env['MIG_NVML_LOCK'] = before
  }
})
