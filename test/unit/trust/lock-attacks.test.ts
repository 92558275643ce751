// Attacks that another user really runs on the lock of root.
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

describe.skipIf(!canBeOther)('attacks of another user on locks of root', () => {
  const holdLock = `
    const addon = require(args[0])
    const attempt = addon.tryLock(args[1], process.pid + ' another user')
    process.stdout.write(JSON.stringify(attempt))
    if (attempt.value) setInterval(() => {}, 1 << 30)`

  test('another user can neither open nor lock a lock file of root', async () => {
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

  test('a lock below a folder of another user is refused', () => {
    const outer = publicFolder()
    const inner = folderIn(outer, 'inner', 0o700)
    chownSync(outer, otherUid, otherUid)
    expect(lockRefusal(join(inner, 'lock'))).toContain(`${outer} belongs to another user`)
  })

  test('a lock in a folder that another user has created first is refused', () => {
    const folder = publicFolder(0o1777)
    askAsOther(`require('node:fs').mkdirSync(args[0], 0o700)`, join(folder, 'state'))
    expect(lockRefusal(join(folder, 'state/lock'))).toContain('belongs to another user')
  })

  test('a lock behind a link of another user in a shared folder is refused', () => {
    const folder = publicFolder(0o1777)
    const state = publicFolder(0o700)
    askAsOther(`require('node:fs').symlinkSync(args[0], args[1])`, state, join(folder, 'link'))
    expect(lockRefusal(join(folder, 'link/lock'))).toContain('belongs to another user')
  })

  test('root never locks a lock file that another user keeps replacing', async () => {
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

  test('root reads no link or pipe with which another user replaces a lock file', async () => {
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

  test('a member of the group that may write to the folder shares the lock with root', async () => {
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
    const waiting = acquireLock(path, { onWaiting: (holder) => told.push(holder) })
    expect(await isWaiting(waiting)).toBe(true)
    expect(told).toEqual([`${holder.pid} another user`])
    holder.kill('SIGKILL')
    ;(await waiting).release()
  })

  test('a group that may write to the folder later can take a lock that root has created before', () => {
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
