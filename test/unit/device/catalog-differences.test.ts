import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fillMachine } from './fill-machine.js'
import { checkMachine, scratchFile, storedMachine, useProbe } from './run-check.js'

useProbe()

describe('a catalog that is wrong', () => {
  interface Entry {
    key: string
    memoryTotalMiB: { value: number }
    modeChangeNeedsReset: { value: boolean }
    maxMigDevices: { value: number }
    computeCapability: string
    giIdBySpan: { identity: Record<string, number>; halvesSwapped: Record<string, number> }
    products: { nvmlPciDeviceId: string; nvmlName: string }[]
    gpuInstanceProfiles: Profile[]
  }
  interface Profile {
    id: number
    name: string
    enumIndex: number
    memorySizeMB: number | null
    instanceCount: number
    placements: { start: number; size: number }[]
    computeInstanceProfiles: { multiprocessorCount: number }[]
  }
  const first = ({ gpuInstanceProfiles: [profile] }: Entry): Profile => {
    if (profile === undefined) throw new Error('no profile')
    return profile
  }

  const spoiling: Readonly<Record<string, (entry: Entry) => void>> = {
    'memory in MiB': (entry) => {
      entry.memoryTotalMiB.value++
    },
    'compute capability': (entry) => {
      entry.computeCapability = '9.0'
    },
    'mode change needs a reset': (entry) => {
      entry.modeChangeNeedsReset.value = false
    },
    'most MIG devices': (entry) => {
      entry.maxMigDevices.value--
    },
    'GPU instance ids by place': ({ giIdBySpan }) => {
      giIdBySpan.identity['0:1'] = 9
    },
    'profile 1g.5gb: memorySizeMB': (entry) => {
      first(entry).memorySizeMB = null
    },
    'profile 1g.5gb: placements': (entry) => {
      first(entry).placements.shift()
    },
    'profile 1g.5gb: remaining capacity': (entry) => {
      first(entry).instanceCount--
    },
    'profile 1g.6gb: name': (entry) => {
      first(entry).name = '1g.6gb'
    },
    'profile index 0': (entry) => {
      entry.gpuInstanceProfiles.shift()
    },
    'profile 9g.45gb': (entry) => {
      entry.gpuInstanceProfiles.push({ ...first(entry), name: '9g.45gb', enumIndex: 17 })
    },
    'compute instance profile in 1g.5gb: 1g.5gb: multiprocessorCount': (entry) => {
      for (const each of first(entry).computeInstanceProfiles) each.multiprocessorCount++
    },
    'compute instance profile in 1g.5gb: index 0': (entry) => {
      first(entry).computeInstanceProfiles = []
    },
    model: (entry) => {
      entry.products = []
    },
  }

  test.each(Object.entries(spoiling))(
    'the device check reports a catalog with %s',
    async (what, spoil) => {
      using machine = storedMachine('A100-SXM4-40GB +mig')
      await fillMachine(machine, [[0, '1g.5gb', 0, 1]])
      const { document, status } = checkMachine(machine, '--catalog', spoiledCatalog(spoil))
      expect(document.differences.map((each) => each.what)).toContain(what)
      expect(document.differences.find((each) => each.what === what)).toMatchObject({ gpu: 0 })
      expect(status).toBe(0)
    },
  )

  function spoiledCatalog(spoil: (entry: Entry) => void): string {
    const file = new URL('../../../catalog/mig-gpus.json', import.meta.url)
    const catalog = JSON.parse(readFileSync(file, 'utf8')) as { gpus: Entry[] }
    for (const entry of catalog.gpus) if (entry.key === 'a100-40gb') spoil(entry)
    const path = scratchFile('catalog.json')
    writeFileSync(path, JSON.stringify(catalog))
    return path
  }
})
