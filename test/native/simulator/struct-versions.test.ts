// The tag, or the function's name, decides which struct a driver fills. A wrong tag is refused, and nothing
// past the struct of that version is written. Sizes are those of header 13.3 and of older headers (CUDA
// 11.0, drivers 390 and 535).
import { describe, expect, test } from 'vitest'
import { run } from './programs.js'

type Trial = readonly [tag: number, answer: number, bytesWritten: number]

const versionMismatch = 25

const trialsOn = (driver: string): Readonly<Record<string, readonly Trial[]>> =>
  JSON.parse(run('struct_versions', { MACHINE: 'H100 80GB HBM3 +mig', DRIVER: driver }))

// The last member of each struct may have padding behind it.
function expectFilled(trial: Trial | undefined, size: number): void {
  expect(trial?.[1]).toBe(0)
  expect(trial?.[2]).toBeLessThanOrEqual(size)
  expect(trial?.[2]).toBeGreaterThan(size - 8)
}

describe('tagged structs', () => {
  const trials = trialsOn('580.65.06')

  const good: Readonly<Record<string, readonly (readonly [tag: number, size: number])[]>> = {
    nvmlDeviceGetGpuInstanceProfileInfoV: [
      [0x02000098, 152],
      [0x03000098, 152],
    ],
    nvmlDeviceGetGpuInstanceProfileInfoByIdV: [
      [0x02000098, 152],
      [0x03000098, 152],
    ],
    nvmlGpuInstanceGetComputeInstanceProfileInfoV: [
      [0x02000088, 136],
      [0x0300008c, 140],
    ],
    nvmlDeviceGetMemoryInfo_v2: [[0x02000028, 40]],
    nvmlDeviceGetPciInfoExt: [[0x01000040, 64]],
    nvmlSystemEventSetCreate: [[0x01000010, 16]],
    // A plain number, not a tag.
    nvmlGpmQueryDeviceSupport: [[1, 8]],
  }

  test.each(Object.entries(good))(
    'the tagged struct of %s is accepted with its known versions only',
    (name, versions) => {
      for (const [tag, answer, bytes] of trials[name] ?? []) {
        const size = versions.find(([version]) => version === tag)?.[1]
        if (size !== undefined) expectFilled([tag, answer, bytes], size)
        else expect([tag, answer, bytes]).toEqual([tag, versionMismatch, tag === 0 ? 4 : bytes])
      }
    },
  )

  test('a tagged struct with a refused tag stays unchanged', () => {
    for (const [name, list] of Object.entries(trials)) {
      for (const [tag, answer, bytes] of list) {
        if (answer === versionMismatch) expect([name, tag, bytes <= 4]).toEqual([name, tag, true])
      }
    }
  })

  test('structs of the third version are refused before R545', () => {
    const [v2, v3] = trialsOn('535.161.08')['nvmlGpuInstanceGetComputeInstanceProfileInfoV'] ?? []
    expectFilled(v2, 136)
    expect(v3?.[1]).toBe(versionMismatch)
  })
})

describe('untagged structs', () => {
  test.each([
    ['nvmlDeviceGetGpuInstanceProfileInfo', 48],
    ['nvmlDeviceGetMemoryInfo', 24],
    ['nvmlDeviceGetPciInfo', 52],
    ['nvmlDeviceGetPciInfo_v3', 68],
    ['nvmlComputeInstanceGetInfo', 24],
    ['nvmlComputeInstanceGetInfo_v2', 32],
    ['nvmlDeviceGetAttributes', 24],
    ['nvmlDeviceGetAttributes_v2', 40],
    ['nvmlDeviceGetComputeRunningProcesses', 2 * 16],
    ['nvmlDeviceGetComputeRunningProcesses_v2', 2 * 24],
    ['nvmlDeviceGetComputeRunningProcesses_v3', 2 * 24],
  ])('the untagged struct of %s has %d bytes', (name, size) => {
    expectFilled(trialsOn('580.65.06')[name]?.[0], size)
  })

  test('the third process list of early R535 has 32 bytes for each process', () => {
    const trials = trialsOn('535.54.03')
    expectFilled(trials['nvmlDeviceGetComputeRunningProcesses_v2']?.[0], 2 * 24)
    expectFilled(trials['nvmlDeviceGetComputeRunningProcesses_v3']?.[0], 2 * 32)
  })
})
