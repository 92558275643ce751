// mig-parted's path without a driver: the registers of the GPUs and the kernel's reset.

import { join } from 'node:path'
import { describe, expect, inject, test, vi } from 'vitest'
import { readPciModes, setPciModes } from '../../lib/index.js'
import { bootMig } from '../../lib/node.js'
import { followRootTree } from '../../lib/simulator.js'
import { createHost, type Host } from './host.js'
import { configFile, runParted, succeed } from './mig-parted.js'
import { isMissing } from './peer.js'

const patience = { timeout: 60_000, interval: 10 }
const entry = (enabled: boolean) =>
  [{ devices: 'all', 'mig-enabled': enabled, 'mig-devices': {} }] as const

const modesOf = ({ machine }: Host): unknown => machine.describe().gpus.map(({ mig }) => mig)
const isApplied = async (host: Host, enabled: boolean): Promise<boolean> => {
  const { status } = await runParted(
    host,
    ...['assert', '--mode-only', ...configFile(host, `mode-${enabled}`, entry(enabled))],
  )
  return status === 0
}

describe.skipIf(isMissing('nvidia-mig-parted') || !inject('mounts'))('without a driver', () => {
  test('mig-parted reads and sets the MIG mode in the registers of simulated GPUs', async () => {
    using host = await createHost('2x A100-SXM4-40GB')
    host.machine.unloadDriver()
    using _followed = followRootTree(host.machine, host.writeTree())
    expect([await isApplied(host, false), await isApplied(host, true)]).toEqual([true, false])

    await succeed(
      runParted(host, 'apply', '--mode-only', ...configFile(host, 'mode-true', entry(true))),
    )
    const on = { enabled: true, pending: true }
    await vi.waitFor(() => expect(modesOf(host)).toEqual([on, on]), patience)
    expect([await isApplied(host, false), await isApplied(host, true)]).toEqual([false, true])

    host.machine.loadDriver()
    host.writeTree()
    expect([await isApplied(host, false), await isApplied(host, true)]).toEqual([false, true])
  })

  test('a mode that mig-parted leaves pending takes effect at the next boot', async () => {
    using host = await createHost('A100-SXM4-40GB')
    host.machine.unloadDriver()
    host.writeTree()
    const options = ['--mode-only', '--skip-reset', ...configFile(host, 'mode-true', entry(true))]
    await succeed(runParted(host, 'apply', ...options))
    host.writeTree()
    expect(modesOf(host)).toEqual([{ enabled: false, pending: true }])
    host.machine.reboot()
    host.writeTree()
    expect(await isApplied(host, true)).toBe(true)
  })

  test('mig-parted refuses to turn MIG on for a GPU whose chip it does not know', async () => {
    using host = await createHost('H100 80GB HBM3')
    host.machine.unloadDriver()
    host.writeTree()
    const run = await runParted(
      host,
      ...['apply', '--mode-only'],
      ...configFile(host, 'one', [{ devices: [0], 'mig-enabled': true, 'mig-devices': {} }]),
    )
    expect(run.status).toBe(1)
    expect(run.stderr).toContain('non MIG-capable')
  })

  test('mig-parted reads the mode that this library has set, and the other way round', async () => {
    using host = await createHost('2x A100-SXM4-40GB')
    host.machine.unloadDriver()
    const root = host.writeTree()
    using _followed = followRootTree(host.machine, root)
    const library = { path: 'none', root, lockFile: join(host.folder, 'lock') }
    const ours = (enabled: boolean) =>
      setPciModes({ version: 'v1', 'mig-configs': { wanted: entry(enabled) } }, { library })

    expect((await ours(true)).gpus.map(({ reset }) => reset)).toEqual([true, true])
    expect([await isApplied(host, true), await isApplied(host, false)]).toEqual([true, false])

    await succeed(
      runParted(host, 'apply', '--mode-only', ...configFile(host, 'mode-false', entry(false))),
    )
    await vi.waitFor(async () => {
      const off = { enabled: false, pending: false }
      expect((await readPciModes({ library })).map(({ mig }) => mig)).toEqual([off, off])
    }, patience)
    expect((await ours(false)).gpus.map(({ outcome }) => outcome)).toEqual([
      'unchanged',
      'unchanged',
    ])
  })

  test('mig-parted and this library read a pending mode of each other in the same way', async () => {
    using host = await createHost('A100-SXM4-40GB')
    host.machine.unloadDriver()
    const root = host.writeTree()
    const library = { path: 'none', root, lockFile: join(host.folder, 'lock') }
    const options = ['--mode-only', '--skip-reset', ...configFile(host, 'mode-true', entry(true))]
    await succeed(runParted(host, 'apply', ...options))
    expect((await readPciModes({ library }))[0]?.mig).toEqual({ enabled: false, pending: true })
    await setPciModes({ version: 'v1', 'mig-configs': { off: entry(false) } }, { library })
    expect(await isApplied(host, false)).toBe(true)
    host.writeTree()
    expect(modesOf(host)).toEqual([{ enabled: false, pending: false }])
  })
  test('mig-parted reads the mode that a boot has set, and a boot takes the mode that mig-parted has set', async () => {
    using host = await createHost('2x A100-SXM4-40GB')
    host.machine.unloadDriver()
    const root = host.writeTree()
    using _followed = followRootTree(host.machine, root)
    const library = { path: 'none', root, lockFile: join(host.folder, 'lock') }
    const boot = (enabled: boolean) => {
      const document = { version: 'v1', 'mig-configs': { wanted: entry(enabled) } } as const
      return bootMig({
        library,
        choice: { kind: 'config', document, modeOnly: true },
        waitMs: 0,
        stateFolder: host.folder,
      })
    }
    expect(await boot(true)).toMatchObject({ outcome: 'modes-set' })
    expect([await isApplied(host, true), await isApplied(host, false)]).toEqual([true, false])

    await succeed(
      runParted(host, 'apply', '--mode-only', ...configFile(host, 'mode-false', entry(false))),
    )
    await vi.waitFor(async () => {
      const off = { enabled: false, pending: false }
      expect((await readPciModes({ library })).map(({ mig }) => mig)).toEqual([off, off])
    }, patience)
    const { pci } = await boot(false)
    expect(pci?.gpus.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged'])
  })
})
