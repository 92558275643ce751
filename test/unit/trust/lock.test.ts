// A lock that another user could make, replace or hold is refused.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { tryLock } from '../../../lib/driver/lock/lock.js'
import { lockFileOf } from '../../../lib/driver/lock/lock-file.js'
import { lockGpus, lockMachine } from '../../../lib/driver/lock/machine-lock.js'
import { rejectionOf } from '../../support/errors.js'
import { canBeOther, folderIn, octal, otherUid, publicFolder } from '../../support/other-user.js'
import { lockRefusal } from './fixtures/lock-refusal.js'

describe('a folder to which other users may write', () => {
  test.each(octal(0o777, 0o1777, 0o703))(
    'a folder of mode %s, to which other users may write, cannot hold a lock',
    (_, mode) => {
      const folder = publicFolder(mode)
      expect(lockRefusal(join(folder, 'lock'))).toContain(`other users may write to ${folder}`)
      expect(existsSync(join(folder, 'lock'))).toBe(false)
    },
  )

  test('a path to a lock may not lead through a folder for all users without the sticky bit', () => {
    const folder = publicFolder(0o777)
    const inner = folderIn(folder, 'inner', 0o700)
    expect(lockRefusal(join(inner, 'lock'))).toContain(`other users may write to ${folder}`)
    chmodSync(folder, 0o1777)
    expect(tryLock(join(inner, 'lock'), 'exclusive')).not.toBeNull()
  })

  test('a path to a lock may not lead through a link in a folder for all users', () => {
    const folder = publicFolder(0o777)
    symlinkSync(publicFolder(0o700), join(folder, 'link'))
    expect(lockRefusal(join(folder, 'link/lock'))).toContain(`other users may write to ${folder}`)
  })

  test('an unsafe folder prevents locks on the machine and on single GPUs', async () => {
    const path = join(publicFolder(0o1777), 'lock')
    expect((await rejectionOf(lockMachine(path))).code).toBe('MIG_LOCK_FAILED')
    expect((await rejectionOf(lockGpus(path, ['GPU-a']))).code).toBe('MIG_LOCK_FAILED')
  })
})

test('the path to a lock is resolved through links and dots as by the kernel', () => {
  const folder = publicFolder(0o755)
  folderIn(folder, 'real', 0o700)
  symlinkSync('../real', join(folderIn(folder, 'other'), 'link'))
  expect(tryLock(`${folder}/other/link/./../real//lock`, 'exclusive')).not.toBeNull()
  expect(existsSync(join(folder, 'real/lock'))).toBe(true)
})

test('the lock of the machine has one path, whatever the environment says about temporary files', () => {
  vi.stubEnv('MIG_NVML_LOCK', '')
  const paths = ['/tmp', '/var/tmp', undefined].map((folder) => {
    vi.stubEnv('TMPDIR', folder)
    return lockFileOf({ path: 'libnvidia-ml.so.1' })
  })
  vi.unstubAllEnvs()
  expect(new Set(paths)).toEqual(new Set(['/run/mig-nvml/lock']))
})

describe('a lock file', () => {
  test.each(octal(0o000, 0o022, 0o077))(
    'only its owner can open a lock file, under umask %s',
    (_, mask) => {
      const before = process.umask(mask)
      onTestFinished(() => void process.umask(before))
      const path = join(publicFolder(), 'lock')
      tryLock(path, 'exclusive')?.release()
      expect(statSync(path).mode & 0o777).toBe(0o600)
    },
  )

  test('a lock file that other users may open is refused only if they can reach it', () => {
    const path = join(publicFolder(0o755), 'lock')
    writeFileSync(path, '')
    chmodSync(path, 0o644)
    expect(lockRefusal(path)).toMatch(/other users may open .* \(mode 644\)/)
    const hiding = publicFolder(0o700)
    for (const folder of [hiding, folderIn(hiding, 'inner')]) {
      const hidden = join(folder, 'lock')
      writeFileSync(hidden, '')
      chmodSync(hidden, 0o644)
      expect(tryLock(hidden, 'exclusive')).not.toBeNull()
    }
  })

  test('a lock file with a second hard link is not written to', () => {
    const folder = publicFolder(0o700)
    writeFileSync(join(folder, 'precious'), 'precious')
    linkSync(join(folder, 'precious'), join(folder, 'lock'))
    expect(lockRefusal(join(folder, 'lock'))).toContain('EMLINK: it has a second name')
    expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('precious')
  })

  test('a lock file that is a named pipe is refused at once', () => {
    const path = join(publicFolder(0o700), 'lock')
    execFileSync('mkfifo', [path])
    expect(lockRefusal(path)).toContain('EINVAL: it is no regular file')
  })

  test.skipIf(!canBeOther)('a lock file of another user is refused', () => {
    const path = join(publicFolder(0o700), 'lock')
    writeFileSync(path, '')
    chownSync(path, otherUid, otherUid)
    expect(lockRefusal(path)).toContain(`belongs to another user (${otherUid})`)
  })
})
