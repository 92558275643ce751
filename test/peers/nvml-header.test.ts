import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulatorLibraryPath } from '../../lib/simulator/native.js'
import { type Exceptions, writeComparison } from './nvml-header/comparison.js'
import { readDeclarations } from './nvml-header/declarations.js'
import { isMissing, peerPath } from './peer.js'
import { output, run } from './run.js'

const native = join(dirname(fileURLToPath(import.meta.url)), '../../native')

const exceptions: Exceptions = {
  legacyFiles: ['legacy.h'],
  // The library keeps these symbols with their first layouts; the header gives them the newest.
  legacyFunctions: [
    'nvmlComputeInstanceGetInfo',
    'nvmlDeviceGetAttributes',
    'nvmlDeviceGetPciInfo',
    'nvmlDeviceGetPciInfo_v2',
    'nvmlEventSetWait',
  ],
  ownTypes: ['nvmlGpuInstanceProfile', 'nvmlComputeInstanceProfile'],
  unnamedMembers: ['nvmlGpmMetric_t.metricInfo'],
  growing: ['NVML_FI_MAX', 'NVML_BRAND_COUNT'],
  // Only as many entries are touched as the caller says that there are.
  growingArrays: ['nvmlGpmMetricsGet_t.metrics'],
  renamed: (name) => name.replace(/_version$/, ''),
}

describe.skipIf(isMissing('nvidia-nvml-dev'))('the NVML header of NVIDIA', () => {
  let include: string
  let folder: string

  beforeAll(async () => {
    const python = peerPath('nvidia-nvml-dev')
    const [header] = JSON.parse(
      await output(python, [
        '-c',
        'import importlib.metadata as m, json; print(json.dumps([str(f.locate()) for f in m.files("nvidia-nvml-dev") if f.name == "nvml.h"]))',
      ]),
    )
    include = dirname(header)
    folder = mkdtempSync(join(tmpdir(), 'nvml-header-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function compare(ours: string): Promise<readonly string[]> {
    const source = join(folder, 'comparison.cc')
    writeFileSync(source, writeComparison(readDeclarations(join(ours, 'nvml/abi')), exceptions))
    const { stderr } = await run('c++', [
      ...['-std=c++20', '-fsyntax-only', '-fmax-errors=0', '-Wno-deprecated-declarations'],
      ...[`-I${ours}`, `-I${include}`, source],
    ])
    return stderr
      .split('\n')
      .filter((line) => line.includes('error: '))
      .map((line) => line.replace(/^.*error: (static assertion failed: )?/, ''))
  }

  test('NVIDIA’s NVML header declares what our headers declare', async () => {
    expect(await compare(native)).toEqual([])
  })

  test('the comparison with NVIDIA’s header covers everything that our headers declare', () => {
    const ours = readDeclarations(join(native, 'nvml/abi'))
    const text = (file: string): string =>
      readFileSync(join(native, 'nvml/abi', file), 'utf8').replace(/\/\/.*$/gm, '')
    const called = [...text('functions.h').matchAll(/\b(nvml\w+)\(/g)].map((match) => match[1])
    expect(ours.functions).toEqual(called)
    const structs = ours.structs.map(({ name }) => name)
    for (const file of new Set(ours.structs.map((struct) => struct.file)))
      for (const [, name] of text(file).matchAll(/^static_assert\(sizeof\((\w+)\)/gm))
        expect(structs).toContain(name)
  })

  // What the comparison is worth: each kind of slip must be named.
  test.each([
    ['gpu_instance.h', 'unsigned int jpegCount;', 'unsigned int jpegsCount;', /jpegsCount/],
    ['device.h', 'unsigned long long free;', 'long long free;', /^nvmlMemory_t\.free$/],
    ['return_codes.h', 'NVML_ERROR_IN_USE = 19', 'NVML_ERROR_IN_USE = 18', /^NVML_ERROR_IN_USE$/],
    [
      'functions.h',
      'nvmlDeviceGetCount_v2(unsigned int*',
      'nvmlDeviceGetCount_v2(int*',
      /^nvmlDeviceGetCount_v2$/,
    ],
  ])('differs when %s says otherwise', async (file, from, to, named) => {
    const copy = join(folder, 'native')
    cpSync(join(native, 'nvml'), join(copy, 'nvml'), { recursive: true })
    const path = join(copy, 'nvml/abi', file)
    const text = readFileSync(path, 'utf8')
    expect(text).toContain(from)
    // Our own assertions would speak first.
    writeFileSync(path, text.replaceAll(from, to).replace(/^static_assert\([^;]*;/gm, ''))
    expect(await compare(copy)).toContainEqual(expect.stringMatching(named))
  })

  test('the simulated driver exports every function of NVIDIA’s header', async () => {
    const header = readFileSync(join(include, 'nvml.h'), 'utf8')
    const declared = new Set(
      [...header.matchAll(/DECLDIR (nvml\w+)\s*\(/g)].map((match) => match[1] as string),
    )
    const symbols = await output('nm', ['-D', '--defined-only', simulatorLibraryPath()])
    const exported = new Set([...symbols.matchAll(/ T (\w+)$/gm)].map((match) => match[1]))
    expect(declared.size).toBeGreaterThan(300)
    expect([...declared].filter((name) => !exported.has(name))).toEqual([])
  })
})
