import { mkdirSync, readFileSync, rmSync, truncateSync, watch } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { lockMachine } from '../../../../lib/driver/lock/machine-lock.js'
import { setPciModes } from '../../../../lib/index.js'
import type { PciModeReport, SetPciModesOptions } from '../../../../types/machine/pci.js'
import { rejectionOf } from '../../../support/errors.js'
import {
  foreignBits,
  putPciGpu,
  read32,
  requestOf,
  silence,
  takeMode,
  write32,
} from '../../../support/pci-gpus.js'
import { fakeRoot } from '../../../support/root-tree.js'

const addresses = ['0000:07:00.0', '0000:0f:00.0', '0000:47:00.0']
const on = 0xc000
const off = 0x8000

function set(
  root: string,
  entries: readonly unknown[],
  options: SetPciModesOptions = {},
): Promise<PciModeReport> {
  const document = JSON.stringify({ version: 'mig-nvml/v1', 'mig-configs': { wanted: entries } })
  return setPciModes(document, {
    library: { path: 'none', root, lockFile: join(root, 'lock') },
    ...options,
  })
}

const all = (enabled: boolean) =>
  enabled ? { devices: 'all', 'mig-devices': {} } : { devices: 'all', 'mig-enabled': false }

/** Does at a write into the reset file of a GPU what a kernel does. Returns how often it was called. */
function onReset(folder: string, act: (times: number) => void): () => number {
  let times = 0
  const file = join(folder, 'reset')
  const watcher = watch(file, () => {
    if (readFileSync(file, 'utf8') !== '1') return
    // A kernel keeps nothing in the file.
    truncateSync(file)
    times++
    act(times)
  })
  onTestFinished(() => watcher.close())
  return () => times
}

describe('a mode without a driver', () => {
  test('a mode is requested, the GPU is reset, and has it then', async () => {
    const root = fakeRoot()
    const [first = '', second = ''] = addresses
      .slice(0, 2)
      .map((address) => putPciGpu(root, { address }))
    for (const folder of [first, second]) onReset(folder, () => takeMode(folder))
    const report = await set(root, [{ devices: [1], 'mig-devices': { '3g.20gb': 2 } }])
    expect(report).toMatchObject({
      gpus: [{ gpu: { index: 1, mig: { enabled: false } }, outcome: 'changed', reset: true }],
      skipped: [],
    })
    expect([read32(first, 0x1404), read32(second, 0x1404)]).toEqual([0, 0x8000])
    expect(requestOf(first)).toBe(foreignBits)
    // Bits of others stay.
    expect(requestOf(second)).toBe(foreignBits | on)
  })

  test('a GPU that has the mode is neither written nor reset', async () => {
    const root = fakeRoot()
    const folder = putPciGpu(root, { enabled: true, request: on })
    const report = await set(root, [all(true)])
    expect(report.gpus).toMatchObject([{ outcome: 'unchanged', reset: false }])
    expect(readFileSync(join(folder, 'reset'), 'utf8')).toBe('')
  })

  test('a pending mode that is not wanted is taken back without a reset', async () => {
    const root = fakeRoot()
    const folder = putPciGpu(root, { enabled: true, request: off })
    expect((await set(root, [all(true)])).gpus).toMatchObject([
      { outcome: 'changed', reset: false },
    ])
    expect(requestOf(folder)).toBe(foreignBits | on)
    expect(readFileSync(join(folder, 'reset'), 'utf8')).toBe('')
  })

  test('with skipReset, modes stay pending', async () => {
    const root = fakeRoot()
    const folder = putPciGpu(root, { reset: false })
    const report = await set(root, [all(true)], { skipReset: true })
    expect(report.gpus).toMatchObject([{ outcome: 'pending', reset: false }])
    expect(requestOf(folder)).toBe(foreignBits | on)
  })

  test('a dry run changes nothing, and waits for no lock', async () => {
    const root = fakeRoot()
    const folder = putPciGpu(root)
    const lock = await lockMachine(join(root, 'lock'))
    onTestFinished(() => lock.release())
    const report = await set(root, [all(true)], { dryRun: true })
    expect(report.gpus).toMatchObject([{ outcome: 'planned', enabled: true }])
    expect(requestOf(folder)).toBe(foreignBits)
  })

  test('nothing is written while another process changes the machine', async () => {
    const root = fakeRoot()
    const folder = putPciGpu(root)
    const lock = await lockMachine(join(root, 'lock'))
    const stop = new AbortController()
    const waiting = set(root, [all(true)], { signal: stop.signal })
    stop.abort()
    expect(await rejectionOf(waiting)).toMatchObject({ code: 'ABORT_ERR' })
    lock.release()
    expect(requestOf(folder)).toBe(foreignBits)
  })

  test('an entry without a driver selects GPUs by index, PCI address, model and PCI ids', async () => {
    const root = fakeRoot()
    for (const address of addresses) putPciGpu(root, { address })
    const report = await set(
      root,
      [
        { devices: [0, 1], 'device-filter': '0x20B010DE', 'mig-devices': {} },
        { devices: ['0000:47:00.0'], 'device-filter': 'A100-SXM4-40GB', 'mig-enabled': false },
      ],
      { dryRun: true },
    )
    expect(report.gpus.map(({ gpu, outcome }) => [gpu.index, outcome])).toEqual([
      ...[
        [0, 'planned'],
        [1, 'planned'],
        [2, 'unchanged'],
      ],
    ])
  })
})

describe('a mode without a driver is refused', () => {
  test.each([
    [
      'a UUID',
      { devices: ['GPU-5d0ad0b4-0000-0000-0000-000000000000'], 'mig-devices': {} },
      'UUID',
    ],
    ['a choice', { devices: 'all', count: 1, 'mig-devices': { '1g.5gb': 1 } }, 'leaves open'],
    ['a GPU that is not there', { devices: [4], 'mig-devices': {} }, 'not here'],
  ])(
    'an entry with %s is refused where no driver reports what it means',
    async (_, entry, text) => {
      const root = fakeRoot()
      const folder = putPciGpu(root)
      const error = await rejectionOf(set(root, [entry]))
      expect(error.code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
      expect(error.message).toContain(text)
      expect(requestOf(folder)).toBe(foreignBits)
    },
  )

  test('GPUs with other chips are skipped, and refused if there is no other', async () => {
    const root = fakeRoot()
    const hopper = putPciGpu(root, { address: '0000:0f:00.0', chip: 0x180000a1 })
    const error = await rejectionOf(set(root, [all(true)]))
    expect(error).toMatchObject({ code: 'MIG_NOT_SUPPORTED' })
    putPciGpu(root, { address: '0000:07:00.0' })
    const report = await set(root, [all(true)], { skipReset: true })
    expect(report.gpus.map(({ gpu }) => gpu.index)).toEqual([0])
    expect(report.skipped).toMatchObject([{ index: 1, mig: null }])
    expect(requestOf(hopper)).toBe(foreignBits)
  })

  test('a bound driver is refused before any GPU is written, unless the caller insists', async () => {
    const root = fakeRoot()
    const first = putPciGpu(root, { address: '0000:07:00.0' })
    putPciGpu(root, { address: '0000:0f:00.0', driver: 'nvidia' })
    const error = await rejectionOf(set(root, [all(true)]))
    expect(error).toMatchObject({ code: 'MIG_PCI_FAILED' })
    expect(error.message).toContain('0000:0f:00.0')
    expect(error.message).toContain('nvidia is bound')
    expect(requestOf(first)).toBe(foreignBits)
    const insisting = { evenIfBound: true, skipReset: true }
    expect((await set(root, [all(true)], insisting)).gpus).toHaveLength(2)
  })
})

test('the report has the warnings of the document and of its entries', async () => {
  const root = fakeRoot()
  putPciGpu(root)
  const text = `
version: v1
mig-configs:
  wanted:
    - devices: all
      mig-enabled: false
    - device-filter: ["0x233010DE"]
      devices: all
      mig-enabled: true
      mig-devices: {}
  twice: [{ devices: all, mig-enabled: false }]
  twice: [{ devices: all, mig-enabled: false }]
`
  const library = { path: 'none', root, lockFile: join(root, 'lock') }
  const { warnings } = await setPciModes(text, { config: 'wanted', library, skipReset: true })
  expect(warnings).toEqual([
    expect.stringMatching(/twice/),
    expect.stringMatching(/mig-configs\.wanted\[1\]/),
  ])
})

describe('what a failure leaves', () => {
  test('a GPU that the kernel cannot reset is an error, and those before it are taken back', async () => {
    const root = fakeRoot()
    const first = putPciGpu(root, { address: '0000:07:00.0', request: off })
    const second = putPciGpu(root, { address: '0000:0f:00.0', reset: false })
    const resets = onReset(first, () => takeMode(first))
    const error = await rejectionOf(set(root, [all(true)]))
    expect(error).toMatchObject({ code: 'MIG_REBOOT_REQUIRED' })
    expect(error.message).toContain('GPU 1')
    expect([requestOf(first), read32(first, 0x1404)]).toEqual([foreignBits | off, 0])
    expect(requestOf(second)).toBe(foreignBits)
    expect(resets()).toBeGreaterThanOrEqual(2)
  })

  test('a GPU that does not take its mode at a reset is an error, and its request is taken back', async () => {
    const root = fakeRoot()
    const folder = putPciGpu(root)
    const error = await rejectionOf(set(root, [all(true)], { bootTimeoutMs: 1 }))
    expect(error).toMatchObject({ code: 'MIG_PCI_FAILED' })
    expect(error.message).toContain('has not taken its mode')
    expect(requestOf(folder)).toBe(foreignBits | off)
  })

  test('a reset that fails is an error with the reason of the system', async () => {
    const root = fakeRoot()
    const folder = putPciGpu(root)
    rmSync(join(folder, 'reset'))
    mkdirSync(join(folder, 'reset'))
    const error = await rejectionOf(set(root, [all(true)], { bootTimeoutMs: 1 }))
    expect(error.code).toBe('MIG_RESET_REQUIRED')
    expect(error.message).toContain('EISDIR')
    expect(requestOf(folder)).toBe(foreignBits)
  })

  test('a GPU that vanishes at its reset is an error that says what was not taken back', async () => {
    const root = fakeRoot()
    const folder = putPciGpu(root)
    onReset(folder, () => silence(folder))
    const error = await rejectionOf(set(root, [all(true)], { bootTimeoutMs: 200 }))
    expect(error.code).toBe('MIG_PCI_FAILED')
    expect(error.message).toContain('could not be taken back')
    expect(error.errors).toHaveLength(2)
  })

  test('a GPU that boots slowly after its reset is waited for', async () => {
    const root = fakeRoot()
    const folder = putPciGpu(root)
    onReset(folder, () => {
      silence(folder)
      setTimeout(() => {
        write32(folder, 0, 0x170000a1)
        write32(folder, 0x118f78, on)
        write32(folder, 0x1404, 0x8000)
        write32(folder, 0x118234, 0x3ff)
      }, 150)
    })
    const report = await set(root, [all(true)], { bootTimeoutMs: 60_000 })
    expect(report.gpus).toMatchObject([{ outcome: 'changed', reset: true }])
  })

  test('an abort between two GPUs takes back what was done', async () => {
    const root = fakeRoot()
    const [first = '', second = ''] = addresses
      .slice(0, 2)
      .map((address) => putPciGpu(root, { address }))
    const stop = new AbortController()
    onReset(first, (times) => {
      takeMode(first)
      if (times === 1) stop.abort()
    })
    const error = await rejectionOf(set(root, [all(true)], { signal: stop.signal }))
    expect(error).toMatchObject({ code: 'ABORT_ERR' })
    expect(read32(first, 0x1404)).toBe(0)
    expect(requestOf(first) & 0xc000).toBe(off)
    expect(requestOf(second)).toBe(foreignBits)
  })
})
