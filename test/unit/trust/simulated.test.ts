// The files of a simulated machine in folders to which other users may write.
import { chownSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { applyMigConfig } from '../../../lib/index.js'
import {
  createSimulatedMachine,
  openSimulatedMachine,
  simulatorFolder,
} from '../../../lib/simulator.js'
import { configure } from '../../support/configure.js'
import { migErrorOf } from '../../support/errors.js'
import {
  askAsOther,
  canBeOther,
  folderIn,
  publicFolder,
  runAsOther,
} from '../../support/other-user.js'

let temporary: string
const ownFolder = (): string => join(temporary, `mig-nvml-simulator-${process.getuid?.()}`)

beforeEach(() => {
  temporary = publicFolder(0o1777)
  vi.stubEnv('TMPDIR', temporary)
})
afterEach(() => vi.unstubAllEnvs())

describe('the lock of a stored machine', () => {
  test('the lock of a stored machine lies beside its store if no other user may write there', () => {
    const store = join(publicFolder(), 'store')
    using machine = createSimulatedMachine('A100-SXM4-40GB', { store })
    expect(machine.library.lockFile).toBe(`${store}.lock`)
  })

  test('the lock of a stored machine lies in this user’s folder if other users may write to that of the store', async () => {
    const store = join(publicFolder(0o1777), 'store')
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { store })
    const { lockFile = '' } = machine.library
    expect(dirname(lockFile)).toBe(ownFolder())
    using again = openSimulatedMachine(store)
    expect(again.library.lockFile).toBe(lockFile)
    expect(machine.env['MIG_NVML_LOCK']).toBe(lockFile)
    // Whatever another user puts at the path of the lock.
    writeFileSync(`${store}.lock`, '')
    if (canBeOther) chownSync(`${store}.lock`, 65534, 65534)
    const { outcome } = await applyMigConfig(configure({ '7g.40gb': 1 }), {
      library: machine.library,
    })
    expect(outcome).toBe('applied')
    expect(readdirSync(dirname(store)).sort()).toEqual(['store', 'store.lock'])
    expect(existsSync(lockFile)).toBe(true)
  })

  test('two stores in folders for all users have two locks', () => {
    const folder = publicFolder(0o1777)
    using one = createSimulatedMachine('T4', { store: join(folder, 'one') })
    using two = createSimulatedMachine('T4', { store: join(folder, 'two') })
    expect(one.library.lockFile).not.toBe(two.library.lockFile)
  })
})

describe('a stored machine', () => {
  test.each([
    ['022', '600'],
    ['002', '660'],
    ['077', '600'],
    ['000', '666'],
  ])('only users that may write to a store can read it: umask %s makes mode %s', (mask, mode) => {
    const before = process.umask(mask)
    onTestFinished(() => void process.umask(before))
    const store = join(publicFolder(), 'store')
    createSimulatedMachine('T4', { store }).close()
    expect((statSync(store).mode & 0o777).toString(8)).toBe(mode)
  })

  test.skipIf(!canBeOther)(
    'a stored machine stays usable for its owner while another user holds its lock',
    () => {
      const store = join(publicFolder(), 'store')
      createSimulatedMachine('T4', { store }).close()
      const held = runAsOther(
        `const { status } = require('node:child_process').spawnSync('flock', ['-n', args[0], 'true'])
       process.exitCode = status`,
        store,
      )
      expect(held.status).not.toBe(0)
    },
  )
})

describe.skipIf(!canBeOther)('attacks of another user on folders of root', () => {
  test('root refuses a folder for libraries and stores that another user has created', () => {
    askAsOther(`require('node:fs').mkdirSync(args[0], 0o700)`, ownFolder())
    const error = migErrorOf(() => simulatorFolder({ driver: 'R470' }))
    expect(error.code).toBe('MIG_SIMULATOR_INVALID')
    expect(error.message).toContain('must be a folder that belongs to this user alone')
    expect(readdirSync(ownFolder())).toEqual([])
  })

  test('root refuses a link of another user in place of its folder', () => {
    const rootOwned = folderIn(publicFolder(), 'private', 0o700)
    askAsOther(`require('node:fs').symlinkSync(args[0], args[1])`, rootOwned, ownFolder())
    expect(migErrorOf(() => simulatorFolder({ driver: 'R470' })).code).toBe('MIG_SIMULATOR_INVALID')
    expect(readdirSync(rootOwned)).toEqual([])
  })
})
