// Files as users name them: what is read and written, and what an error says.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  capabilitiesFolder,
  readCapabilityFiles,
  readCharacterMajor,
} from '../../../lib/system/capability-files.js'
import { readCommandLine } from '../../../lib/system/command-line.js'
import { makeFolder } from '../../../lib/system/make-folder.js'
import { readIfThere } from '../../../lib/system/read-if-there.js'
import { readStart } from '../../../lib/system/read-start.js'
import { readTextFile, readTextStream } from '../../../lib/system/read-text.js'
import { createFile, refuseUnwritable, replaceFile } from '../../../lib/system/write-file.js'
import { migErrorOf, reasonOf } from '../../support/errors.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-nvml-files-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string): string => join(folder, name)
const kind = { code: 'MIG_CONFIG_INVALID', subject: 'The MIG configuration' } as const
const mebibyte = 2 ** 20

/** An error of this package, or the system's. */
async function failureOf(work: Promise<unknown>): Promise<Error> {
  return (await reasonOf(work)) as Error
}

describe('a text that is read', () => {
  test('a file is read to its end, as UTF-8 or as its mark says', async () => {
    // More than one piece of it, with letters of several bytes.
    const long = 'äöü€'.repeat(30_000)
    writeFileSync(at('long'), long)
    expect(await readTextFile(at('long'), kind)).toBe(long)
    expect(await readTextFile(pathToFileURL(at('long')), kind)).toBe(long)
    const wide = Buffer.from('\ufeffversion: ä', 'utf16le')
    writeFileSync(at('le'), wide)
    writeFileSync(at('be'), Buffer.from(wide).swap16())
    for (const name of ['le', 'be']) expect(await readTextFile(at(name), kind)).toBe('version: ä')
    writeFileSync(at('empty'), '')
    expect(await readTextFile(at('empty'), kind)).toBe('')
  })

  test('a file of one mebibyte is read, and a longer one is refused', async () => {
    writeFileSync(at('most'), 'x'.repeat(mebibyte))
    expect((await readTextFile(at('most'), kind)).length).toBe(mebibyte)
    writeFileSync(at('more'), 'x'.repeat(mebibyte + 1))
    const error = await failureOf(readTextFile(at('more'), kind))
    expect(error).toMatchObject({
      code: 'MIG_CONFIG_INVALID',
      message: 'The MIG configuration is longer than 1 MiB',
    })
    // A device has no end.
    expect(await failureOf(readTextFile('/dev/zero', kind))).toMatchObject({
      message: 'The MIG configuration is longer than 1 MiB',
    })
  })

  test('a stream is read to its end with the same limit', async () => {
    expect(await readTextStream(Readable.from(['ver', Buffer.from('sion')]), kind)).toBe('version')
    const pieces = Array.from({ length: 17 }, () => Buffer.alloc(2 ** 16, 'x'))
    expect(await failureOf(readTextStream(Readable.from(pieces), kind))).toMatchObject({
      code: 'MIG_CONFIG_INVALID',
      message: 'The MIG configuration is longer than 1 MiB',
    })
  })

  test('bytes that are no text are refused with the encoding', async () => {
    writeFileSync(at('bytes'), Buffer.from([0x76, 0xff, 0x80]))
    expect(await failureOf(readTextFile(at('bytes'), kind))).toMatchObject({
      code: 'MIG_CONFIG_INVALID',
      message: 'The MIG configuration is not text in UTF-8',
    })
    writeFileSync(at('odd'), Buffer.from([0xff, 0xfe, 0x76]))
    expect(await failureOf(readTextFile(at('odd'), kind))).toMatchObject({
      message: 'The MIG configuration is not text in UTF-16LE',
    })
  })

  test('an aborted signal ends a read before and while it waits', async () => {
    writeFileSync(at('x'), 'x')
    const aborted = AbortSignal.abort(new Error('enough'))
    expect(await failureOf(readTextFile(at('x'), kind, aborted))).toMatchObject({
      code: 'ABORT_ERR',
    })
    const controller = new AbortController()
    const endless = new Readable({ read() {} })
    const reading = failureOf(readTextStream(endless, kind, controller.signal))
    controller.abort(new Error('enough'))
    expect(await reading).toMatchObject({ code: 'ABORT_ERR' })
    expect(endless.destroyed).toBe(true)
  })

  test.each<[string, string, (path: string) => void]>([
    ['ENOENT', 'there is no such file or folder', () => {}],
    ['EISDIR', 'it is a folder', (path) => mkdirSync(path)],
    ['ELOOP', 'its path has too many links', (path) => symlinkSync(path, path)],
  ])('the error %s says that %s', async (code, reason, make) => {
    make(at('x'))
    const error = await failureOf(readTextFile(at('x'), kind))
    expect(error).toMatchObject({ code, path: at('x') })
    expect(error.message).toBe(`cannot read the MIG configuration: ${reason} (${code})`)
    expect(error.cause).toMatchObject({ code })
  })
})

describe('a file that is written', () => {
  test('a file gets its new text at once, everybody may read it, and no draft stays', async () => {
    writeFileSync(at('x'), 'old')
    await replaceFile(at('x'), 'new')
    expect(readFileSync(at('x'), 'utf8')).toBe('new')
    expect(statSync(at('x')).mode & 0o777).toBe(0o644 & ~process.umask())
    await replaceFile(pathToFileURL(at('y')), 'more', { mode: 0o600 })
    expect(statSync(at('y')).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).sort()).toEqual(['x', 'y'])
  })

  test('a new file is not written over another', async () => {
    await createFile(at('x'), 'first')
    const error = await failureOf(createFile(at('x'), 'second'))
    expect(error).toMatchObject({ code: 'EEXIST', path: at('x') })
    expect(error.message).toBe(`cannot write ${at('x')}: there is such a file (EEXIST)`)
    expect(readFileSync(at('x'), 'utf8')).toBe('first')
    expect(readdirSync(folder)).toEqual(['x'])
  })

  test('a device is not replaced by a file, and a folder that is missing is named', async () => {
    symlinkSync('/dev/null', at('null'))
    for (const write of [replaceFile, refuseUnwritable]) {
      const error = await failureOf(write(at('null'), 'x'))
      expect(error).toMatchObject({ code: 'EINVAL', path: at('null') })
      expect(error.message).toContain('it is a device, a FIFO or a socket (EINVAL)')
    }
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
    for (const write of [replaceFile, refuseUnwritable]) {
      const error = await failureOf(write(at('no/x'), 'x'))
      expect(error.message).toBe(
        `cannot write ${at('no/x')} in ${at('no')}: there is no such file or folder (ENOENT)`,
      )
    }
    await refuseUnwritable(at('y'))
    expect(readdirSync(folder)).toEqual(['null'])
  })

  test('drafts that killed writers left an hour ago go, and nothing else does', async () => {
    const draft = '.01234567-89ab-cdef-0123-456789abcdef.new'
    const names = [`x${draft}`, `y${draft}`, 'x.new', `x${draft}.bak`, `x.0${draft}`]
    for (const name of names) writeFileSync(at(name), '')
    const old = Date.now() / 1000 - 2 * 60 * 60
    for (const name of names) utimesSync(at(name), old, old)
    const young = `x.11234567-89ab-cdef-0123-456789abcdef.new`
    writeFileSync(at(young), '')
    await replaceFile(at('x'), 'text')
    expect(readdirSync(folder).sort()).toEqual(['x', young, ...names.slice(1)].sort())
  })

  test('a folder is made readable for everybody, whatever the umask, and only if it is missing', () => {
    const before = process.umask(0o077)
    try {
      makeFolder(at('new'))
    } finally {
      process.umask(before)
    }
    expect(statSync(at('new')).mode & 0o777).toBe(0o755)
    chmodSync(at('new'), 0o700)
    makeFolder(at('new'))
    expect(statSync(at('new')).mode & 0o777).toBe(0o700)
    expect(() => makeFolder(at('no/parent'))).toThrow(/ENOENT/)
  })
})

describe('the beginning of a file', () => {
  test('no more than the limit is read, and no more than there is', () => {
    writeFileSync(at('x'), '0123456789')
    expect(readStart(at('x'), 4)).toBe('0123')
    expect(readStart(at('x'), 10)).toBe('0123456789')
    expect(readStart(at('x'), 100)).toBe('0123456789')
    expect(readStart('/dev/zero', 3)).toBe('\0\0\0')
    expect(readIfThere(at('x'), 4)).toBe('0123')
    expect(readIfThere(at('y'), 4)).toBeNull()
    expect(readIfThere(folder, 4)).toBeNull()
  })

  test('the command line of a process has its words, and one that has ended has none', () => {
    expect(readCommandLine(process.pid)).toContain('node')
    expect(readCommandLine(process.pid)).not.toContain('\0')
    expect(readCommandLine(2 ** 30)).toBeNull()
  })
})

describe("the driver's files of capabilities", () => {
  const put = (path: string, text: string): void => {
    const file = join(capabilitiesFolder(folder), path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
  }

  const access = (minor: number, mode = 292, modify = 1): string =>
    `DeviceFileMinor: ${minor}\nDeviceFileMode: ${mode}\nDeviceFileModify: ${modify}\n`

  test('capabilities are listed by number, those of the machine first, with what the driver says', () => {
    put('mig/config', access(1, 256, 0))
    put('mig/monitor', access(2))
    for (const gpu of ['gpu10', 'gpu2']) {
      put(`${gpu}/mig/gi11/access`, access(30))
      put(`${gpu}/mig/gi9/access`, access(31))
      put(`${gpu}/mig/gi9/ci0/access`, access(32))
    }
    // Those of no instance.
    put('gpu2/mig/gix/access', access(40))
    put('other/mig/gi1/access', access(41))
    const files = readCapabilityFiles(folder) ?? []
    expect(files.map(({ name }) => name)).toEqual([
      ...['config', 'monitor', 'gpu2/gi9/access', 'gpu2/gi9/ci0/access', 'gpu2/gi11/access'],
      ...['gpu10/gi9/access', 'gpu10/gi9/ci0/access', 'gpu10/gi11/access'],
    ])
    expect(files[0]).toMatchObject({ minor: 1, mode: 0o400, modify: false })
    expect(files.at(-1)).toMatchObject({ minor: 30, mode: 0o444, modify: true })
    expect(readCapabilityFiles(at('elsewhere'))).toBeNull()
  })

  test('the file of a capability without its mode is no file of a driver', () => {
    put('gpu2/mig/gi12/access', 'DeviceFileMinor: 3\n')
    expect(migErrorOf(() => readCapabilityFiles(folder)).code).toBe('MIG_DRIVER_INVALID')
  })

  test('the major number of a driver is that of its character device', () => {
    mkdirSync(at('proc'), { recursive: true })
    writeFileSync(
      at('proc/devices'),
      'Character devices:\n  1 mem\n195 nvidia\n511 nvidia-caps\n510 nvidia-caps-imex-channels\n\nBlock devices:\n  8 sd\n  9 md\n',
    )
    expect(readCharacterMajor(folder, 'nvidia-caps')).toBe(511)
    expect(readCharacterMajor(folder, 'nvidia')).toBe(195)
    expect(readCharacterMajor(folder, 'mem')).toBe(1)
    expect(readCharacterMajor(folder, 'sd')).toBeNull()
    expect(readCharacterMajor(folder, 'caps')).toBeNull()
    expect(existsSync(at('proc/devices'))).toBe(true)
  })
})
