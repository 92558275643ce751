// A lock that another user could make, replace or hold. As root: what that user really tries.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { acquireLock, tryLock } from '../../../lib/driver/lock.js'
import { lockFileOf } from '../../../lib/driver/lock-file.js'
import { readLockHolders } from '../../../lib/driver/lock-holders.js'
import { lockGpus, lockMachine } from '../../../lib/driver/machine-lock.js'
import { migErrorOf, rejectionOf } from '../../support/errors.js'
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

const refusalOf = (path: string): string => {
  const error = migErrorOf(() => tryLock(path, 'exclusive'))
  expect(error.code).toBe('MIG_LOCK_FAILED')
  expect(error.message).toContain(path)
  expect(error.hint).toContain('MIG_NVML_LOCK')
  return error.message
}

describe('a folder in which others may write', () => {
  test.each([0o777, 0o1777, 0o703])('holds no lock: mode %o', (mode) => {
    const folder = publicFolder(mode)
    expect(refusalOf(join(folder, 'lock'))).toContain(`other users may write to ${folder}`)
    expect(existsSync(join(folder, 'lock'))).toBe(false)
  })

  test('is no way to a lock either, unless its sticky bit keeps what is in it', () => {
    const folder = publicFolder(0o777)
    const inner = folderIn(folder, 'inner', 0o700)
    expect(refusalOf(join(inner, 'lock'))).toContain(`other users may write to ${folder}`)
    chmodSync(folder, 0o1777)
    expect(tryLock(join(inner, 'lock'), 'exclusive')).not.toBeNull()
  })

  test('holds no link to the folder of a lock', () => {
    const folder = publicFolder(0o777)
    symlinkSync(publicFolder(0o700), join(folder, 'link'))
    expect(refusalOf(join(folder, 'link/lock'))).toContain(`other users may write to ${folder}`)
  })

  test('keeps the machine and single GPUs from being locked alike', async () => {
    const path = join(publicFolder(0o1777), 'lock')
    expect((await rejectionOf(lockMachine(path))).code).toBe('MIG_LOCK_FAILED')
    expect((await rejectionOf(lockGpus(path, ['GPU-a']))).code).toBe('MIG_LOCK_FAILED')
  })
})

test('a folder is found by links and by dots as the kernel finds it', () => {
  const folder = publicFolder(0o755)
  folderIn(folder, 'real', 0o700)
  symlinkSync('../real', join(folderIn(folder, 'other'), 'link'))
  expect(tryLock(`${folder}/other/link/./../real//lock`, 'exclusive')).not.toBeNull()
  expect(existsSync(join(folder, 'real/lock'))).toBe(true)
})

test('the lock of the machine lies in one place, whatever the environment says of temporary files', () => {
  vi.stubEnv('MIG_NVML_LOCK', '')
  const paths = ['/tmp', '/var/tmp', undefined].map((folder) => {
    vi.stubEnv('TMPDIR', folder)
    return lockFileOf({ path: 'libnvidia-ml.so.1' })
  })
  vi.unstubAllEnvs()
  expect(new Set(paths)).toEqual(new Set(['/run/mig-nvml/lock']))
})

describe('a lock file', () => {
  test.each([0o000, 0o022, 0o077])('is for its owner alone, under umask %o', (mask) => {
    const before = process.umask(mask)
    onTestFinished(() => void process.umask(before))
    const path = join(publicFolder(), 'lock')
    tryLock(path, 'exclusive')?.release()
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('that others may open is refused where they can come to it, and only there', () => {
    const path = join(publicFolder(0o755), 'lock')
    writeFileSync(path, '')
    chmodSync(path, 0o644)
    expect(refusalOf(path)).toMatch(/other users may open .* \(mode 644\)/)
    const hiding = publicFolder(0o700)
    for (const folder of [hiding, folderIn(hiding, 'inner')]) {
      const hidden = join(folder, 'lock')
      writeFileSync(hidden, '')
      chmodSync(hidden, 0o644)
      expect(tryLock(hidden, 'exclusive')).not.toBeNull()
    }
  })

  test('with a second name is not written to', () => {
    const folder = publicFolder(0o700)
    writeFileSync(join(folder, 'precious'), 'precious')
    linkSync(join(folder, 'precious'), join(folder, 'lock'))
    expect(refusalOf(join(folder, 'lock'))).toContain('EMLINK')
    expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('precious')
  })

  test('that is a named pipe is refused at once', () => {
    const path = join(publicFolder(0o700), 'lock')
    execFileSync('mkfifo', [path])
    expect(refusalOf(path)).toContain('EINVAL')
  })

  test.skipIf(!canBeOther)('of another user is refused', () => {
    const path = join(publicFolder(0o700), 'lock')
    writeFileSync(path, '')
    chownSync(path, otherUid, otherUid)
    expect(refusalOf(path)).toContain(`belongs to another user (${otherUid})`)
  })
})

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

  test('is read from the file itself, and not from what a link leads to', () => {
    const folder = publicFolder(0o700)
    writeFileSync(join(folder, 'secret'), 'secret')
    symlinkSync(join(folder, 'secret'), join(folder, 'lock'))
    expect(readLockHolders(join(folder, 'lock'))).toBeNull()
  })

  test('is not waited for at a named pipe that nobody writes to', () => {
    const path = join(publicFolder(0o700), 'lock')
    execFileSync('mkfifo', [path])
    expect(readLockHolders(path)).toBeNull()
  })

  test('is no more than a line, however large the file is', async () => {
    const path = join(publicFolder(0o700), 'lock')
    const lock = await acquireLock(path)
    writeFileSync(path, `${process.pid} ${'x'.repeat(1000)}\nGPU 0 was undone\n`)
    truncateSync(path, 140 * 2 ** 20)
    const holder = (await whoHolds(path)) ?? ''
    expect(holder).toMatch(new RegExp(`^${process.pid} x+$`))
    expect(holder.length).toBeLessThanOrEqual(300)
    lock.release()
  })

  test('is not a process of which the file still speaks', async () => {
    const path = join(publicFolder(0o700), 'lock')
    const lock = await acquireLock(path)
    writeFileSync(path, '99999999 an apply that has ended\n')
    expect(await whoHolds(path)).toMatch(new RegExp(`^${process.pid} `))
    lock.release()
  })

  test('is not named where the process that took the lock has ended, and left it to a child', async () => {
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
    expect(refusalOf(join(inner, 'lock'))).toContain(`${outer} belongs to another user`)
  })

  test('that has made the folder of a lock before root gets that lock refused', () => {
    const folder = publicFolder(0o1777)
    askAsOther(`require('node:fs').mkdirSync(args[0], 0o700)`, join(folder, 'state'))
    expect(refusalOf(join(folder, 'state/lock'))).toContain('belongs to another user')
  })

  test('that has put a link into a folder for all gets a lock behind it refused', () => {
    const folder = publicFolder(0o1777)
    const state = publicFolder(0o700)
    askAsOther(`require('node:fs').symlinkSync(args[0], args[1])`, state, join(folder, 'link'))
    expect(refusalOf(join(folder, 'link/lock'))).toContain('belongs to another user')
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
    for (let n = 0; n < 200; n++) refusalOf(path)
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
    expect(seen.size).toBeGreaterThan(0)
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
