import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { SimulatedMachine } from '../../../types/simulator.js'
import { addonPath, simulatorPath } from '../../support/native-paths.js'
import { fillMachine, type Wanted } from './fill-machine.js'
import { readFunctions } from './read-functions.js'
import {
  buildProbe,
  type CheckRun,
  deviceFolder,
  runCheck,
  scratchFile,
  storedMachine,
} from './run-check.js'

let probe = ''
beforeAll(async () => {
  probe = await buildProbe()
})

const check = (machine: SimulatedMachine, ...args: readonly string[]): CheckRun =>
  runCheck(machine.env, '--probe', probe, ...args)

const mixed = 'A100-SXM4-40GB +mig, A100-SXM4-40GB +mig +swapped, T4, H100 80GB HBM3 +mig, H200'
const instances: readonly Wanted[] = [
  [0, '3g.20gb', 4, 1, 1],
  [0, '2g.10gb', 0, 2],
  [0, '1g.5gb+me', 2, 1],
  [1, '2g.10gb', 0, 2],
  [1, '1g.5gb', 2, 1],
  [1, '1g.5gb', 3, 1],
  [1, '3g.20gb', 4],
  [3, '4g.40gb', 0, 2, 2],
  [3, '1g.20gb', 4, 1],
]
const privileged = { privileges: 'admin' } as const

describe.each([
  { title: 'instances on mirrored and other boards', spec: mixed, wanted: instances },
  { title: 'MIG off', spec: 'A100-SXM4-40GB, H100 80GB HBM3, H200, 2x T4', wanted: [] },
  { title: 'no privileges', spec: mixed, wanted: instances, privileges: 'none' },
  { title: 'a driver of R535', spec: 'A100-SXM4-40GB +mig, T4', wanted: [], driver: 'R535' },
  {
    title: 'a grid of twelve units',
    spec: 'rtx-pro-6000-blackwell +mig',
    wanted: [[0, '1g.24gb', 3, 1]],
  },
] as const)('on a machine with $title', ({ spec, wanted, ...options }) => {
  let machine: SimulatedMachine
  let run: CheckRun
  let journalBefore: number
  beforeAll(async () => {
    machine = storedMachine(spec, { ...options, ...privileged })
    await fillMachine(machine, wanted)
    machine.addProcess({ pid: 987654, gpu: 0, name: 'secret-job' })
    machine.setPrivileges('privileges' in options ? options.privileges : 'admin')
    journalBefore = machine.journal().length
    machine.resetCallCounts()
    run = check(machine)
    return () => machine.close()
  })

  test('it comes to the end', () => {
    expect(run.document).toMatchObject({ result: 'checked', problem: null })
    expect(run.document.probe).toMatchObject({ result: 'complete', problem: null })
    expect(run.status).toBe(0)
  })

  test('nothing is changed', () => {
    const { changing, total, byFunction } = machine.callCounts()
    expect(total).toBeGreaterThan(100)
    expect(changing).toBe(0)
    expect(machine.journal()).toHaveLength(journalBefore)
    expect(Object.keys(byFunction).filter((name) => !readFunctions.has(name))).toEqual([])
    expect(run.summary).toContain('Nothing was changed.')
  })

  test('the catalog is confirmed', () => {
    expect(run.document.differences).toEqual([])
    expect(run.summary).toContain('As the catalog says.')
  })

  test('nothing tells which machine it was', () => {
    const { gpus } = machine.describe()
    const uuids = gpus.flatMap((gpu) => [
      gpu.uuid.slice('GPU-'.length),
      ...gpu.gpuInstances.flatMap((each) =>
        each.computeInstances.map(({ uuid }) => uuid.slice('MIG-'.length)),
      ),
    ])
    for (const secret of [...uuids, '987654', 'secret-job']) expect(run.text).not.toContain(secret)
  })

  test('every GPU, and every instance that the driver lets it see, is in the document', () => {
    const { gpus, privileges } = machine.describe()
    expect(run.document.gpus.map(({ index }) => index)).toEqual(gpus.map(({ index }) => index))
    gpus.forEach((gpu, index) => {
      const read = run.document.gpus[index]
      if (read === undefined || !('migMode' in read)) throw new Error(`GPU ${index} was not read`)
      expect(read).toMatchObject({
        name: { value: gpu.model },
        minorNumber: { value: gpu.minorNumber },
        pci: { value: { busId: gpu.pciBusId } },
      })
      const place = ({ id, placement: { start, size } }: (typeof gpu.gpuInstances)[number]) =>
        `${id} ${start}:${size}`
      const seen = read.gpuInstances.map(
        ({ id, placement: { start, size } }) => `${id} ${start}:${size}`,
      )
      expect(seen.sort()).toEqual(privileges === 'none' ? [] : gpu.gpuInstances.map(place).sort())
    })
  })

  test('the same machine gives the same document again', () => {
    expect(check(machine).text).toBe(run.text)
  })
})

describe('the open questions', () => {
  let run: CheckRun
  beforeAll(async () => {
    using machine = storedMachine('A100-SXM4-40GB +mig, A100-SXM4-40GB')
    await fillMachine(machine, [
      [0, '1g.5gb', 0, 1],
      [0, '1g.5gb', 1, 1],
      [0, '3g.20gb', 4, 1, 1, 1],
    ])
    run = check(machine)
  })

  test('which count is looked at: the simulated driver writes past any', () => {
    const ignored = { 0: ['ignored'], 1: ['ignored'] }
    expect(run.document.answers?.incomingCounts).toEqual({
      nvmlDeviceGetGpuInstancePossiblePlacements: ignored,
      nvmlDeviceGetGpuInstancePossiblePlacements_v2: ignored,
      nvmlDeviceGetGpuInstances: ignored,
      nvmlGpuInstanceGetComputeInstancePossiblePlacements: ignored,
      nvmlGpuInstanceGetComputeInstances: ignored,
    })
  })

  test('which struct versions are taken: the current ones, and no other', () => {
    const [first] = run.document.answers?.gpus ?? []
    const taken = Object.entries(first?.versionTags ?? {}).map(([fn, tags]) => [
      fn,
      Object.keys(tags).filter((tag) => tags[tag] === 0),
    ])
    expect(Object.fromEntries(taken)).toMatchObject({
      nvmlDeviceGetGpuInstanceProfileInfoV: ['0x02000098', '0x03000098'],
      nvmlDeviceGetMemoryInfo_v2: ['0x02000028'],
      nvmlDeviceGetPciInfoExt: ['0x01000040'],
    })
  })

  test('what a MIG device answers, and what a GPU with MIG off does', () => {
    const [on, off] = run.document.answers?.gpus ?? []
    expect(on?.onMigDevice['nvmlDeviceGetAttributes_v2']).toEqual([0])
    expect(off?.onMigDevice).toEqual({})
    expect(off?.migMode).toBe(0)
    expect(off?.codes['nvmlDeviceGetGpuInstances']).toEqual([3])
    expect(off?.codes['nvmlDeviceGetGpuInstanceProfileInfoV']).toContain(0)
  })

  test('names: exported ones, prefixes of profiles, texts of errors', () => {
    const { answers } = run.document
    expect(answers?.exportedNames).toEqual({ missing: [], undeclared: [] })
    expect(Object.values(answers?.profileNamePrefixes ?? {}).flat()).toContain('MIG ')
    expect(Object.keys(answers?.errorTexts ?? {})).toHaveLength(33)
    expect(answers?.errorTexts['19']).toBe('In use by another client')
  })
})

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

  test.each(Object.entries(spoiling))('%s', async (what, spoil) => {
    using machine = storedMachine('A100-SXM4-40GB +mig')
    await fillMachine(machine, [[0, '1g.5gb', 0, 1]])
    const { document, status } = check(machine, '--catalog', spoiledCatalog(spoil))
    expect(document.differences.map((each) => each.what)).toContain(what)
    expect(document.differences.find((each) => each.what === what)).toMatchObject({ gpu: 0 })
    expect(status).toBe(0)
  })

  function spoiledCatalog(spoil: (entry: Entry) => void): string {
    const file = new URL('../../../catalog/mig-gpus.json', import.meta.url)
    const catalog = JSON.parse(readFileSync(file, 'utf8')) as { gpus: Entry[] }
    for (const entry of catalog.gpus) if (entry.key === 'a100-40gb') spoil(entry)
    const path = scratchFile('catalog.json')
    writeFileSync(path, JSON.stringify(catalog))
    return path
  }
})

describe('where there is nothing to check', () => {
  test.each([
    ['a path that does not exist', '/nonexistent/libnvidia-ml.so.1'],
    ['a name that the loader does not find', 'libnvidia-ml-of-no-machine.so.1'],
  ])('%s: it says so and succeeds', (_title, library) => {
    const { status, document, summary } = runCheck({}, '--library', library)
    expect(document).toMatchObject({ result: 'no-library', gpus: [], differences: [], probe: null })
    expect(summary).toMatch(/no NVML library here/)
    expect(status).toBe(0)
  })

  test.each([
    [
      'without a kernel module',
      { fn: 'nvmlInit', times: 9, error: 'NVML_ERROR_DRIVER_NOT_LOADED' },
    ],
    ['that finds no GPU', { fn: 'nvmlInit', times: 9, error: 'NVML_ERROR_GPU_NOT_FOUND' }],
  ])('a library %s: it says so, succeeds, and still learns what needs no GPU', (_title, fault) => {
    using machine = storedMachine('T4')
    machine.fail(fault)
    const { status, document, summary } = check(machine)
    expect(document).toMatchObject({ result: 'no-gpu', gpus: [] })
    expect(document.answers?.errorTexts['4']).toBe('Insufficient Permissions')
    expect(summary).toMatch(/no GPU here/)
    expect(status).toBe(0)
  })
})

describe('a library that is broken', () => {
  test.each([
    ['no library at all', process.execPath],
    ['something else than NVML', 'libm.so.6'],
  ])('%s', (_title, library) => {
    const { status, document } = runCheck({}, '--probe', probe, '--library', library)
    expect(document.result).toBe('broken')
    expect(status).toBe(1)
  })

  test('one that does not fit its kernel module', () => {
    using machine = storedMachine('T4')
    machine.fail({ fn: 'nvmlInit', times: 9, error: 'NVML_ERROR_LIB_RM_VERSION_MISMATCH' })
    const { status, document } = check(machine)
    expect(document.problem).toContain('NVML_ERROR_LIB_RM_VERSION_MISMATCH')
    expect(status).toBe(1)
  })

  test('one that hangs: the call is named', () => {
    using machine = storedMachine('T4')
    machine.fail({ fn: 'nvmlDeviceGetBrand', times: 9, hangMs: 600_000 })
    const { status, document } = check(machine, '--timeout-s', '2')
    expect(document.problem).toMatch(/did not answer in time; the last call was deviceGetBrand\(/)
    expect(document.probe).toMatchObject({
      result: 'cut-short',
      problem: expect.stringContaining('nvmlDeviceGetBrand'),
    })
    expect(status).toBe(1)
  })
})

describe('a probe', () => {
  test('that the library takes down leaves what it has learnt, and the rest is done', () => {
    const script = scratchFile('probe')
    const record = '{"kind":"error-text","code":0,"text":"Success"}'
    const unfinished = '{"kind":"call","of":"system","fn":"nvmlInit_v2","in":{'
    writeFileSync(script, `#!/bin/sh\nprintf '${record}\\n${unfinished}'\nkill -SEGV $$\n`, {
      mode: 0o755,
    })
    using machine = storedMachine('T4')
    const { status, document } = runCheck(machine.env, '--probe', script)
    expect(document.probe?.result).toBe('cut-short')
    expect(document.probe?.problem).toMatch(/SIGSEGV.*nvmlInit_v2/)
    expect(document.answers?.errorTexts).toEqual({ 0: 'Success' })
    expect(document.gpus).toHaveLength(1)
    expect(status).toBe(0)
  })

  test('that cannot be built here is left out', () => {
    using machine = storedMachine('T4')
    const { status, document, summary } = runCheck({ ...machine.env, CXX: 'no-such-compiler' })
    expect(document.probe).toMatchObject({ result: 'not-built', records: [] })
    expect(document.answers).toBeNull()
    expect(document.gpus).toHaveLength(1)
    expect(summary).toContain('no-such-compiler')
    expect(status).toBe(0)
  })

  test('is built where there is a compiler', () => {
    using machine = storedMachine('T4')
    const { document } = runCheck(machine.env, '--library', simulatorPath())
    expect(document.probe?.result).toBe('complete')
  })
})

test('a GPU that is lost is in the document with its code', () => {
  using machine = storedMachine('T4, A100-SXM4-40GB')
  machine.loseGpu(0)
  const { status, document } = check(machine)
  expect(document.gpus[1]).toMatchObject({ name: { value: 'NVIDIA A100-SXM4-40GB' } })
  expect(document.state).toMatchObject({ error: 'NVML_ERROR_GPU_IS_LOST' })
  expect(status).toBe(0)
})

test('the files that docs/device-check.md names are enough on another machine', () => {
  const root = join(deviceFolder, '../..')
  const elsewhere = scratchFile('carried')
  for (const each of ['package.json', 'dist', 'catalog', 'test/device']) {
    cpSync(join(root, each), join(elsewhere, each), { recursive: true })
  }
  cpSync(addonPath(), join(elsewhere, 'build/Release/mig_nvml.node'))
  using machine = storedMachine('H200')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(elsewhere, 'test/device/check.js'), '--probe', probe],
    { encoding: 'utf8', env: { ...process.env, ...machine.env, MIG_NVML_BINDING: '' } },
  )
  expect(stderr).toContain('As the catalog says.')
  expect(JSON.parse(stdout)).toMatchObject({ result: 'checked', probe: { result: 'complete' } })
  expect(status).toBe(0)
})

describe('the command line', () => {
  const run = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    spawnSync(process.execPath, [join(deviceFolder, 'check.js'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    })

  test('without --out, the document and nothing else is on the standard output', () => {
    using machine = storedMachine('T4')
    const { status, stdout } = run(machine.env, '--probe', probe)
    expect(JSON.parse(stdout)).toMatchObject({ format: 'mig-nvml-device-check/1' })
    expect(status).toBe(0)
  })

  test.each([[['--mode', '1']], [['--timeout-s', 'soon']], [['here']]])(
    '%j is refused before anything is asked',
    (args) => {
      using machine = storedMachine('T4')
      machine.resetCallCounts()
      const { status, stderr, stdout } = run(machine.env, ...args)
      expect(stderr).toContain('usage:')
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
      expect(machine.callCounts().total).toBe(0)
    },
  )
})
