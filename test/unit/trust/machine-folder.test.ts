// The default path of the machine's lock, with an empty /run in a mount namespace. The program comes
// from dist/.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { simulatorPath } from '../../support/native-paths.js'
import { canBeOther, otherUid } from '../../support/other-user.js'

const mayMount = canBeOther && spawnSync('unshare', ['-m', 'true']).status === 0
if (canBeOther && !mayMount)
  console.log('SKIPPED: the folder /run/mig-nvml: this process may not have mounts of its own')

const program = fileURLToPath(new URL('fixtures/apply-here.mjs', import.meta.url))
const apply = `"$NODE" ${JSON.stringify(program)}`
const asOther = `setpriv --reuid=${otherUid} --regid=${otherUid} --clear-groups`

/** Runs a shell with an empty /run, and returns its lines. An apply prints `unchanged`, or why it failed. */
function onEmptyRun(script: string): string[] {
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['-m', 'sh', '-ec', `mount -t tmpfs -o mode=755 none /run\n${script}`],
    {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        NODE: process.execPath,
        MIG_NVML_LIBRARY: simulatorPath(),
        MIG_SIMULATOR_MACHINE: 'A100-SXM4-40GB',
        MIG_NVML_ROOT: 'none',
      },
    },
  )
  expect(stderr).toBe('')
  return stdout.trimEnd().split('\n')
}

describe.skipIf(!mayMount)('the folder of the lock', () => {
  test('root creates the folder of the lock for itself, and a lock and counts are in it afterwards', () => {
    expect(
      onEmptyRun(`umask 0; ${apply}; stat -c '%a %u %n' /run/mig-nvml /run/mig-nvml/*`),
    ).toEqual([
      'applied',
      '700 0 /run/mig-nvml',
      '600 0 /run/mig-nvml/lock',
      '600 0 /run/mig-nvml/lock.counts.0',
    ])
  })

  test('the folder of the lock is the same for processes with different folders for temporary files', () => {
    const [holder, waiting] = onEmptyRun(
      `mkdir -m 700 /run/mig-nvml /run/tmp
       flock /run/mig-nvml/lock sh -c '${apply} wait; TMPDIR=/run/tmp ${apply} wait'`,
    )
    expect(holder).toBe('waits for /run/mig-nvml/lock')
    expect(waiting).toBe('waits for /run/mig-nvml/lock')
  })

  test('a user without access to the folder of the lock gets an error that says what to do', () => {
    const [first, second] = onEmptyRun(`${apply} > /dev/null; ${asOther} ${apply}`)
    expect(first).toMatch(/^MIG_LOCK_FAILED: cannot lock \/run\/mig-nvml\/lock: EACCES/)
    expect(second).toContain('install -d -m 2770 -g GROUP /run/mig-nvml')
  })

  test('a user does not get another folder for the lock if root has not created it yet', () => {
    const lines = onEmptyRun(`${asOther} ${apply}; ls -A /run`)
    expect(lines[0]).toMatch(/^MIG_LOCK_FAILED: .*EACCES.*\/run\/mig-nvml/)
    expect(lines).toHaveLength(2)
  })

  test('a group for which an administrator has created the folder of the lock can use it, beside root', () => {
    expect(
      onEmptyRun(
        `install -d -m 2770 -g ${otherUid} /run/mig-nvml
         ${apply}; ${asOther} ${apply}; ${apply}
         stat -c '%a %u %g' /run/mig-nvml/lock`,
      ),
    ).toEqual(['applied', 'applied', 'applied', `660 0 ${otherUid}`])
  })

  test.each([
    ['another user', `chmod 1777 /run; ${asOther} mkdir -m 700 /run/mig-nvml`, 'another user'],
    ['a folder for all', 'mkdir -m 1777 /run/mig-nvml', 'other users may write'],
    [
      'a link to a folder of another user',
      `chmod 1777 /run; ${asOther} mkdir /run/mine; ln -s mine /run/mig-nvml`,
      'another user',
    ],
    ['a file', 'touch /run/mig-nvml', 'ENOTDIR'],
  ])('the folder of the lock is not taken from %s', (_, prepare, reason) => {
    const [first] = onEmptyRun(`${prepare}; ${apply}`)
    expect(first).toMatch(/^MIG_LOCK_FAILED: cannot lock \/run\/mig-nvml\/lock/)
    expect(first).toContain(reason)
  })

  test('root does not use another folder for the lock if it cannot create it', () => {
    const [first] = onEmptyRun(`mount -o remount,ro /run; ${apply}`)
    expect(first).toMatch(/^MIG_LOCK_FAILED: cannot lock \/run\/mig-nvml\/lock: EROFS/)
  })
})
