// What another user really tries with the lock of root.
import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { acquireLock, tryLock } from '../../../lib/driver/lock/lock.js'
import { readLockHolders } from '../../../lib/system/lock-holders.js'
import { addonPath } from '../../support/native-paths.js'
import {
  askAsOther,
  canBeOther,
  folderIn,
  otherUid,
  publicFolder,
  startAsOther,
} from '../../support/other-user.js'
import { isWaiting } from '../../support/waiting.js'
import { lockRefusal } from './fixtures/lock-refusal.js'

describe.skipIf(!canBeOther)('as root, another user', () => {
  const holdLock = `
    const addon = require(args[0])
    const attempt = addon.tryLock(args[1], process.pid + ' another user')
    process.stdout.write(JSON.stringify(attempt))
    if (attempt.value) setInterval(() => {}, 1 << 30)`

  test('can neither open nor lock a lock file that was made', async () => {
    const path = join(publicFolder(), 'lock')
    tryLock(path, 'exclusive')?.release()
    const { ok } = JSON.parse(askAsOther(holdLock, addonPath(), path))
    expect(ok).toBe(false)
    const flock = askAsOther(
      `
      const { status } = require('node:child_process').spawnSync('flock', ['-n', args[0], 'true'])
      process.stdout.write(String(status))`,
      path,
    )
    expect(flock).not.toBe('0')
    tryLock(path, 'exclusive')?.release()
  })

  test('that owns a folder on the way to a lock gets that lock refused', () => {
    const outer = publicFolder()
    const inner = folderIn(outer, 'inner', 0o700)
    chownSync(outer, otherUid, otherUid)
    expect(lockRefusal(join(inner, 'lock'))).toContain(`${outer} belongs to another user`)
  })

  test('that has made the folder of a lock before root gets that lock refused', () => {
    const folder = publicFolder(0o1777)
    askAsOther(`require('node:fs').mkdirSync(args[0], 0o700)`, join(folder, 'state'))
    expect(lockRefusal(join(folder, 'state/lock'))).toContain('belongs to another user')
  })

  test('that has put a link into a folder for all gets a lock behind it refused', () => {
    const folder = publicFolder(0o1777)
    const state = publicFolder(0o700)
    askAsOther(`require('node:fs').symlinkSync(args[0], args[1])`, state, join(folder, 'link'))
    expect(lockRefusal(join(folder, 'link/lock'))).toContain('belongs to another user')
  })

  test('that exchanges a lock file without end never gets root to lock it', async () => {
    const folder = publicFolder(0o1777)
    const path = join(folder, 'lock')
    await startAsOther(
      `const { writeFileSync, rmSync, symlinkSync } = require('node:fs')
       process.stdout.write('ready')
       for (;;) for (const make of [() => writeFileSync(args[0], ''), () => symlinkSync('/etc/shadow', args[0])]) {
         try { make() } catch {}
         rmSync(args[0], { force: true })
       }`,
      path,
    )
    for (let n = 0; n < 200; n++) lockRefusal(path)
  })

  test('that exchanges a lock file for links and pipes gets root to read none of them', async () => {
    const folder = publicFolder(0o1777)
    const path = join(folder, 'lock')
    const secret = join(publicFolder(0o700), 'secret')
    writeFileSync(secret, 'known to root alone', { mode: 0o600 })
    await startAsOther(
      `const { linkSync, renameSync, rmSync, symlinkSync, writeFileSync } = require('node:fs')
       const [path, secret] = args
       require('node:child_process').spawnSync('mkfifo', [path + '.pipe'])
       process.stdout.write('ready')
       for (;;) {
         rmSync(path, { force: true })
         writeFileSync(path, '1 nobody')
         symlinkSync(secret, path + '.link')
         renameSync(path + '.link', path)
         rmSync(path)
         linkSync(path + '.pipe', path)
       }`,
      path,
      secret,
    )
    const seen = new Set(Array.from({ length: 5000 }, () => readLockHolders(path)))
    expect([...seen].filter((holder) => holder !== null && holder !== '1 nobody')).toEqual([])
  })

  test('of the group that may write to the folder shares the lock with root', async () => {
    const folder = publicFolder()
    chownSync(folder, 0, otherUid)
    chmodSync(folder, 0o2770)
    const path = join(folder, 'lock')
    const before = process.umask(0o077)
    tryLock(path, 'exclusive')?.release()
    process.umask(before)
    const { mode, gid } = statSync(path)
    expect([mode & 0o777, gid]).toEqual([0o660, otherUid])
    const holder = await startAsOther(holdLock, addonPath(), path)
    const told: (string | null)[] = []
    const waiting = acquireLock(path, { onWaiting: (who) => told.push(who) })
    expect(await isWaiting(waiting)).toBe(true)
    expect(told).toEqual([`${holder.pid} another user`])
    holder.kill('SIGKILL')
    ;(await waiting).release()
  })

  test('of a group that may write to the folder later can take the lock that root made before', () => {
    const folder = publicFolder(0o700)
    const path = join(folder, 'lock')
    tryLock(path, 'exclusive')?.release()
    chownSync(folder, 0, otherUid)
    chmodSync(folder, 0o2770)
    tryLock(path, 'exclusive')?.release()
    const said = JSON.parse(
      askAsOther(
        `process.stdout.write(JSON.stringify(require(args[0]).tryLock(args[1], 'x')))`,
        addonPath(),
        path,
      ),
    )
    expect(said.ok).toBe(true)
  })
})
