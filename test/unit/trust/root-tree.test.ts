// The file tree of a simulated machine, written by root into a folder that another user has prepared.
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createSimulatedMachine, writeRootTree } from '../../../lib/simulator.js'
import { migErrorOf } from '../../support/errors.js'
import { askAsOther, canBeOther, folderIn, octal, publicFolder } from '../../support/other-user.js'

function refusalOf(folder: string): string {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  const error = migErrorOf(() => writeRootTree(machine, folder))
  expect(error.code).toBe('MIG_SIMULATOR_INVALID')
  return error.message
}

/** `victim/sub/file` beside `target`. */
function prepare(): { target: string; victim: string } {
  const folder = publicFolder()
  const target = folderIn(folder, 'target')
  const sub = folderIn(folderIn(folder, 'victim'), 'sub')
  writeFileSync(join(sub, 'file'), 'precious')
  return { target, victim: join(sub, 'file') }
}

describe('a list of files', () => {
  test.each([
    '/../victim/sub/file',
    '/dev/../../victim/sub/file',
    '../victim/sub/file',
    'dev/nvidia0',
    '/dev//nvidia0',
    '/dev/.',
    '/',
    '',
    '/dev/nvidia0\0',
  ])('a list of files of a root tree removes nothing by the path %j', (path) => {
    const { target, victim } = prepare()
    writeFileSync(join(target, 'root-tree.json'), JSON.stringify([{ path }]))
    expect(refusalOf(target)).toContain('is not the path of a file inside')
    expect(readFileSync(victim, 'utf8')).toBe('precious')
    expect(readdirSync(target)).toEqual(['root-tree.json'])
  })

  test('a list of files of a root tree removes nothing through a link', () => {
    const { target, victim } = prepare()
    symlinkSync('../victim', join(target, 'dev'))
    writeFileSync(join(target, 'root-tree.json'), JSON.stringify([{ path: '/dev/sub/file' }]))
    expect(refusalOf(target)).toContain(`${target}/dev is not a folder; links are refused`)
    expect(readFileSync(victim, 'utf8')).toBe('precious')
  })

  test('a list of files of a root tree removes no folder', () => {
    const { target } = prepare()
    mkdirSync(join(target, 'dev/nvidia0/mine'), { recursive: true })
    writeFileSync(join(target, 'root-tree.json'), JSON.stringify([{ path: '/dev/nvidia0' }]))
    expect(refusalOf(target)).toContain('is a folder, where root-tree.json lists a file')
    expect(existsSync(join(target, 'dev/nvidia0/mine'))).toBe(true)
  })

  test.each<[string, (path: string) => void, RegExp]>([
    ['a link', (path) => symlinkSync('/etc/passwd', path), /is a link/],
    ['a link to itself', (path) => symlinkSync(path, path), /is a link/],
    ['a folder', (path) => mkdirSync(path), /is not a file that this user alone/],
    [
      'a named pipe',
      (path) => execFileSync('mkfifo', [path]),
      /is not a file that this user alone/,
    ],
    [
      'a file with a second name',
      (path) => {
        writeFileSync(path, '[]')
        linkSync(path, `${path}-2`)
      },
      /is not a file that this user alone/,
    ],
    [
      'huge',
      (path) => {
        writeFileSync(path, '')
        truncateSync(path, 200 * 2 ** 20)
      },
      /too large/,
    ],
    ['no list', (path) => writeFileSync(path, '{"path":"/dev/nvidia0"}'), /is not a list/],
    ['not JSON', (path) => writeFileSync(path, '[{'), /is not a list/],
    ['a list of something else', (path) => writeFileSync(path, '[null]'), /without a path/],
  ])('a list of files of a root tree that is %s is refused', (_, make, reason) => {
    const { target } = prepare()
    make(join(target, 'root-tree.json'))
    expect(refusalOf(target)).toMatch(reason)
    expect(existsSync(join(target, 'dev'))).toBe(false)
  })
})

describe('the tree', () => {
  test.each(['dev', 'proc', 'proc/driver'])(
    'a root tree is not written through a link in place of %s',
    (name) => {
      const { target, victim } = prepare()
      if (name.includes('/')) mkdirSync(join(target, 'proc'))
      symlinkSync(join(victim, '..'), join(target, name))
      expect(refusalOf(target)).toContain(`${target}/${name} is not a folder`)
      expect(readdirSync(join(victim, '..'))).toEqual(['file'])
    },
  )

  test('a root tree is not written over a link that leads nowhere', () => {
    const { target, victim } = prepare()
    mkdirSync(join(target, 'proc'))
    symlinkSync(`${victim}-new`, join(target, 'proc/devices'))
    expect(refusalOf(target)).toContain('proc/devices exists')
    expect(existsSync(`${victim}-new`)).toBe(false)
  })

  test('only its user can read a root tree in a new folder', () => {
    const { target } = prepare()
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    writeRootTree(machine, join(target, 'new/tree'))
    expect(statSync(join(target, 'new')).mode & 0o777).toBe(0o700)
    expect(statSync(join(target, 'new/tree')).mode & 0o777).toBe(0o700)
  })

  test.each(octal(0o777, 0o1777))(
    'a root tree is not written to a folder of mode %s, to which other users may write',
    (_, mode) => {
      const target = publicFolder(mode)
      expect(refusalOf(target)).toContain(`other users may write to ${target}`)
      expect(readdirSync(target)).toEqual([])
    },
  )

  test('a root tree is not written to a subfolder to which other users may write', () => {
    const target = publicFolder()
    folderIn(target, 'dev', 0o777)
    expect(refusalOf(target)).toContain(`other users may write to ${target}/dev`)
  })

  test('a root tree is written again after an interrupted call', () => {
    const { target } = prepare()
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    writeRootTree(machine, target)
    writeFileSync(join(target, 'root-tree.json.new'), 'half')
    rmSync(join(target, 'proc/devices'))
    writeRootTree(machine, target)
    expect(existsSync(join(target, 'proc/devices'))).toBe(true)
    expect(existsSync(join(target, 'root-tree.json.new'))).toBe(false)
  })
})

describe.skipIf(!canBeOther)('attacks of another user on a root tree of root', () => {
  test('root removes and writes nothing in a folder that another user has created', () => {
    const folder = publicFolder(0o1777)
    writeFileSync(join(folder, 'victim'), 'precious', { mode: 0o600 })
    askAsOther(
      `const { mkdirSync, writeFileSync } = require('node:fs')
       mkdirSync(args[0])
       writeFileSync(args[0] + '/root-tree.json', '[{"path":"/../victim"}]')`,
      join(folder, 'target'),
    )
    expect(refusalOf(join(folder, 'target'))).toContain('belongs to another user')
    expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('precious')
    expect(readdirSync(join(folder, 'target'))).toEqual(['root-tree.json'])
  })

  test('root removes no file by a list that belongs to another user', () => {
    const target = publicFolder()
    folderIn(target, 'dev')
    writeFileSync(join(target, 'dev/mine'), 'precious')
    writeFileSync(join(target, 'root-tree.json'), '[{"path":"/dev/mine"}]')
    execFileSync('chown', ['65534', join(target, 'root-tree.json')])
    expect(refusalOf(target)).toContain('is not a file that this user alone may write to')
    expect(readFileSync(join(target, 'dev/mine'), 'utf8')).toBe('precious')
  })

  test('root creates no folder behind a link of another user', () => {
    const folder = publicFolder(0o1777)
    const elsewhere = publicFolder()
    askAsOther(`require('node:fs').symlinkSync(args[0], args[1])`, elsewhere, join(folder, 'link'))
    expect(refusalOf(join(folder, 'link/tree'))).toContain('belongs to another user')
    expect(readdirSync(elsewhere)).toEqual([])
  })
})
