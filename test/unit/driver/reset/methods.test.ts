import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { resetByTool } from '../../../../lib/driver/reset/nvidia-smi.js'
import { resetPciFunction } from '../../../../lib/system/pci-reset.js'
import { fakeRoot, putFile } from '../../../support/root-tree.js'

const path = process.env['PATH']
afterEach(() => {
  process.env['PATH'] = path
})

/** A program of that name, first in the search path, that does what the script says. */
function installTool(script: string): string {
  const folder = fakeRoot()
  const tool = join(folder, 'nvidia-smi')
  writeFileSync(tool, `#!/bin/sh\necho "$@" >> ${folder}/calls\n${script}\n`)
  chmodSync(tool, 0o755)
  process.env['PATH'] = `${folder}:${path}`
  return join(folder, 'calls')
}

describe('the driver’s tool', () => {
  test('nvidia-smi is called once, for that GPU only', async () => {
    const calls = installTool('echo "GPU 00000000:07:00.0 was successfully reset."')
    expect(await resetByTool('/', '00000000:07:00.0')).toBeNull()
    expect(readFileSync(calls, 'utf8')).toBe('--gpu-reset -i 00000000:07:00.0\n')
  })

  // What versions of the tool have printed.
  test.each([
    [
      'in-use',
      255,
      'The following GPUs could not be reset: GPU 00000000:07:00.0: In use by another client',
    ],
    ['in-use', 19, '1 device is currently being used by one or more other processes'],
    ['unsupported', 3, 'Resetting GPU 00000000:07:00.0 is not supported.'],
    ['unsupported', 1, 'GPU Reset could not run because GPU 00000000:07:00.0 is the primary GPU.'],
    ['forbidden', 4, 'Insufficient Permissions'],
    ['failed', 1, 'Unable to reset this GPU'],
  ])('a refusal of nvidia-smi is recognised as: %s', async (kind, status, words) => {
    installTool(`echo "${words}"; exit ${status}`)
    const failure = await resetByTool('/', '00000000:07:00.0')
    expect(failure?.kind).toBe(kind)
    expect(failure?.text).toContain(words)
  })

  test('a missing nvidia-smi is a failure, not a crash', async () => {
    process.env['PATH'] = fakeRoot()
    const failure = await resetByTool('/', '00000000:07:00.0')
    expect(failure?.kind).toBe('failed')
    expect(failure?.text).toMatch(/ENOENT/)
  })

  test('nvidia-smi of a driver in another file tree is not replaced by the one of this computer', async () => {
    const calls = installTool('exit 0')
    const failure = await resetByTool(fakeRoot(), '00000000:07:00.0')
    expect(failure?.kind).toBe('failed')
    expect(() => readFileSync(calls)).toThrow()
  })
})

describe('a reset through the kernel', () => {
  const address = '0000:07:00.0'

  function fakeDevice({ resets = true, bound = true } = {}): string {
    const root = fakeRoot()
    const device = `sys/bus/pci/devices/${address}`
    putFile(root, `${device}/vendor`, '0x10de\n')
    if (resets) putFile(root, `${device}/reset`, '')
    mkdirSync(join(root, 'sys/bus/pci/drivers/nvidia'), { recursive: true })
    if (bound) symlinkSync('../../drivers/nvidia', join(root, device, 'driver'))
    return root
  }
  const read = (root: string, file: string): string =>
    readFileSync(join(root, 'sys/bus/pci', file), 'utf8')

  test('a reset through the kernel unbinds the driver of the GPU, and binds it again', async () => {
    const root = fakeDevice()
    expect(await resetPciFunction(root, '00000000:07:00.0')).toBeNull()
    expect(read(root, `devices/${address}/reset`)).toBe('1')
    expect(read(root, 'drivers/nvidia/unbind')).toBe(address)
    expect(read(root, 'drivers/nvidia/bind')).toBe(address)
  })

  test('a reset through the kernel needs no driver', async () => {
    const root = fakeDevice({ bound: false })
    expect(await resetPciFunction(root, '00000000:07:00.0')).toBeNull()
    expect(read(root, `devices/${address}/reset`)).toBe('1')
    expect(() => read(root, 'drivers/nvidia/unbind')).toThrow()
  })

  test('a reset through the kernel is unsupported if the kernel has no reset of the GPU', async () => {
    const failure = await resetPciFunction(fakeDevice({ resets: false }), '00000000:07:00.0')
    expect(failure?.kind).toBe('unsupported')
    expect(failure?.text).toContain(address)
  })

  test('a reset through the kernel that fails binds the driver again', async () => {
    const root = fakeDevice()
    // A folder in place of the file: writing fails.
    const device = join(root, 'sys/bus/pci/devices', address)
    mkdirSync(join(device, 'other'))
    const { rmSync } = await import('node:fs')
    rmSync(join(device, 'reset'))
    mkdirSync(join(device, 'reset'))
    const failure = await resetPciFunction(root, '00000000:07:00.0')
    expect(failure?.kind).toBe('failed')
    expect(read(root, 'drivers/nvidia/bind')).toBe(address)
  })

  test('a reset through the kernel keeps the domain of a PCI address', async () => {
    const root = fakeRoot()
    putFile(root, 'sys/bus/pci/devices/10000:e1:00.0/reset', '')
    expect(await resetPciFunction(root, '00010000:E1:00.0')).toBeNull()
  })
})
