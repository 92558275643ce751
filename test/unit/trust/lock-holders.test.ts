// Which processes are named as holders of a lock, whatever is at the path of its file.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { acquireLock } from '../../../lib/driver/lock/lock.js'
import { readLockHolders } from '../../../lib/system/lock-holders.js'
import { publicFolder } from '../../support/other-user.js'

describe('the holder of a lock', () => {
  async function whoHolds(path: string): Promise<string | null> {
    const told: (string | null)[] = []
    const controller = new AbortController()
    const waiting = acquireLock(path, {
      signal: controller.signal,
      onWaiting: (holder) => told.push(holder),
    })
    controller.abort()
    await waiting.catch(() => {})
    expect(told).toHaveLength(1)
    return told[0] ?? null
  }

  test('the holder of a lock is read from the file itself, and not through a link', () => {
    const folder = publicFolder(0o700)
    writeFileSync(join(folder, 'secret'), 'secret')
    symlinkSync(join(folder, 'secret'), join(folder, 'lock'))
    expect(readLockHolders(join(folder, 'lock'))).toBeNull()
  })

  test('reading the holder of a lock does not block on a named pipe', () => {
    const path = join(publicFolder(0o700), 'lock')
    execFileSync('mkfifo', [path])
    expect(readLockHolders(path)).toBeNull()
  })

  test('the holder of a lock is at most one line, however large the file is', async () => {
    const path = join(publicFolder(0o700), 'lock')
    const lock = await acquireLock(path)
    writeFileSync(path, `${process.pid} ${'x'.repeat(1000)}\nGPU 0 was undone\n`)
    truncateSync(path, 140 * 2 ** 20)
    const holder = (await whoHolds(path)) ?? ''
    expect(holder).toMatch(new RegExp(`^${process.pid} x+$`))
    expect(holder.length).toBeLessThanOrEqual(300)
    lock.release()
  })

  test('a process that the file still names is not reported if it has released the lock', async () => {
    const path = join(publicFolder(0o700), 'lock')
    const lock = await acquireLock(path)
    writeFileSync(path, '99999999 an apply that has ended\n')
    expect(await whoHolds(path)).toMatch(new RegExp(`^${process.pid} `))
    lock.release()
  })

  test('no holder is named if the process that took the lock has ended and left it to a child', async () => {
    const path = join(publicFolder(0o700), 'lock')
    // flock of util-linux locks the shell's descriptor and ends; `cat` inherits that.
    const shell = spawn('sh', ['-c', 'exec 9>"$0"; flock 9; echo held; exec cat', path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    onTestFinished(() => void shell.kill('SIGKILL'))
    await once(shell.stdout, 'data')
    expect(await whoHolds(path)).toBeNull()
  })
})
