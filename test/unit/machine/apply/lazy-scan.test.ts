import { expect, test, vi } from 'vitest'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine, writeRootTree } from '../../../../lib/simulator.js'
import type { MigConfigEntry } from '../../../../types/config/config.js'
import { documentOf, entryFor } from '../../../support/configs.js'
import { fakeRoot } from '../../../support/root-tree.js'

const scans = vi.hoisted(() => ({ count: 0 }))
vi.mock('../../../../lib/system/scan-processes.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../../../lib/system/scan-processes.js')>()
  return {
    ...original,
    scanProcesses: (...args: Parameters<typeof original.scanProcesses>) => {
      scans.count++
      return original.scanProcesses(...args)
    },
  }
})

test('open files of other processes are read once, and only to destroy something or change a mode', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig, H100-80GB-SXM')
  const root = fakeRoot()
  writeRootTree(machine, root)
  const library = { ...machine.library, root }
  const scansOf = async (...entries: readonly MigConfigEntry[]): Promise<number> => {
    scans.count = 0
    await applyMigConfig(documentOf(...entries), { library })
    return scans.count
  }
  const seven = entryFor([0], { '1g.5gb': 7 })
  expect(await scansOf(seven)).toBe(0)
  expect(await scansOf(seven)).toBe(0)
  expect(await scansOf(entryFor([0], { '1g.5gb': 3 }))).toBe(1)
  expect(await scansOf(seven)).toBe(0)
  expect(await scansOf(seven, entryFor([1], {}))).toBe(1)
  expect(await scansOf(entryFor([0, 1], 'off'))).toBe(1)
})
