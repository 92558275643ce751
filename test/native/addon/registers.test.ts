// The registers of a PCI device, mapped from a file.
import { execFileSync } from 'node:child_process'
import {
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadNative } from '../../../lib/driver/addon/native.js'
import { addonPath } from '../../support/native-paths.js'

const { EACCES, EINVAL, ELOOP, ENODEV, ENOENT, ERANGE } = constants.errno
const addon = loadNative()

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-registers-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A file of 8,192 bytes, in which byte N is N modulo 251. */
function deviceFile(): string {
  const path = join(scratch(), 'resource0')
  writeFileSync(path, Buffer.from(Array.from({ length: 8192 }, (_, at) => at % 251)))
  return path
}

function mapped(path: string, size: number, access: 0 | 1): number {
  const outcome = addon.mapRegisters(path, size, access)
  if (!outcome.ok) throw new Error(`${outcome.call}: ${outcome.errno}`)
  onTestFinished(() => addon.unmapRegisters(outcome.value))
  return outcome.value
}

const errnoOf = (outcome: { readonly ok: boolean }): unknown => Reflect.get(outcome, 'errno')

test('a register is the little-endian word at its offset', () => {
  const path = deviceFile()
  const map = mapped(path, 8192, 1)
  const content = readFileSync(path)
  for (const offset of [0, 4, 4092, 4096, 8188])
    expect(addon.readRegister(map, offset)).toEqual({
      ok: true,
      value: content.readUInt32LE(offset),
    })
  expect(addon.writeRegister(map, 4096, 0xdeadbeef).ok).toBe(true)
  expect(readFileSync(path).readUInt32LE(4096)).toBe(0xdeadbeef)
  expect(addon.readRegister(map, 4100)).toMatchObject({ value: content.readUInt32LE(4100) })
})

test.each([1, 2, 3, 4096, 4098, 0xffffffff, 0xfffffffc])(
  'a register at the offset %d is refused, in or beyond a map of 4,096 bytes',
  (offset) => {
    const path = deviceFile()
    const before = readFileSync(path)
    const map = mapped(path, 4096, 1)
    expect(errnoOf(addon.readRegister(map, offset))).toBe(EINVAL)
    expect(errnoOf(addon.writeRegister(map, offset, 1))).toBe(EINVAL)
    expect(readFileSync(path).equals(before)).toBe(true)
  },
)

test('registers that are mapped to be read are not written', () => {
  const path = deviceFile()
  const before = readFileSync(path)
  const map = mapped(path, 4096, 0)
  expect(errnoOf(addon.writeRegister(map, 0, 1))).toBe(EACCES)
  expect(readFileSync(path).equals(before)).toBe(true)
})

test('a file that is too short, a link, a folder, a FIFO and a missing file are not mapped', () => {
  const path = deviceFile()
  const folder = scratch()
  symlinkSync(path, join(folder, 'link'))
  mkdirSync(join(folder, 'folder'))
  execFileSync('mkfifo', [join(folder, 'fifo')])
  const map = (name: string, size = 4096) =>
    errnoOf(addon.mapRegisters(join(folder, name), size, 0))
  expect(errnoOf(addon.mapRegisters(path, 8196, 0))).toBe(ERANGE)
  expect(errnoOf(addon.mapRegisters(path, 0, 0))).toBe(ERANGE)
  expect(errnoOf(addon.mapRegisters(path, 0xffffffff, 0))).toBe(EINVAL)
  expect([map('link'), map('folder'), map('fifo'), map('missing')]).toEqual([
    ...[ELOOP, EINVAL, EINVAL, ENOENT],
  ])
})

test('an access to a device that has vanished is an error, and the process goes on', () => {
  const path = deviceFile()
  const map = mapped(path, 8192, 1)
  truncateSync(path, 4096)
  expect(errnoOf(addon.readRegister(map, 4096))).toBe(ENODEV)
  expect(errnoOf(addon.writeRegister(map, 8188, 7))).toBe(ENODEV)
  expect(addon.readRegister(map, 0).ok).toBe(true)
  const file = openSync(path, 'r+')
  ftruncateSync(file, 8192)
  expect(addon.readRegister(map, 4096)).toEqual({ ok: true, value: 0 })
})

test('registers that are not mapped any more are a TypeError', () => {
  const outcome = addon.mapRegisters(deviceFile(), 4096, 0)
  if (!outcome.ok) throw new Error('not mapped')
  addon.unmapRegisters(outcome.value)
  addon.unmapRegisters(outcome.value)
  expect(() => addon.readRegister(outcome.value, 0)).toThrow(TypeError)
  expect(() => addon.writeRegister(outcome.value, 0, 1)).toThrow(TypeError)
})

test('another SIGBUS ends the process as before, even after registers were read', () => {
  const script = `
    const addon = require(process.argv[1])
    const map = addon.mapRegisters(process.argv[2], 4096, 0)
    addon.readRegister(map.value, 0)
    process.kill(process.pid, 'SIGBUS')
    setInterval(() => {}, 1000)`
  // AddressSanitizer would catch the signal itself, and end with a report.
  const { ASAN_OPTIONS = '' } = process.env
  const env = { ...process.env, ASAN_OPTIONS: `${ASAN_OPTIONS}:handle_sigbus=0` }
  const args = ['-e', script, addonPath(), deviceFile()]
  expect(() => execFileSync(process.execPath, args, { stdio: 'pipe', env })).toThrow(
    expect.objectContaining({ signal: 'SIGBUS' }),
  )
})
