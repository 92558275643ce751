// Where compute instances lie and may lie. Captures: printed nvidia-smi sessions on an H100 and A100s;
// the rest follows kernel_mig_manager.c and kernel_graphics_manager.c of open-gpu-kernel-modules.
import { describe, expect, test } from 'vitest'
import { codes, inSession, nvml } from './shell.js'

const a100 = 'A100-SXM4-80GB +mig'
const h100 = 'H100 80GB HBM3 +mig'

/** Creates a GPU instance, then compute instances in it without a place: "id@start:size" of each. */
function createInside(
  machine: string,
  gpuInstance: string,
  id: number,
  profiles: readonly number[],
): readonly string[] {
  const calls = profiles.map((profile) => `create-ci gpu0 ${id} ${profile}`)
  const [owner, ...made] = inSession(machine, [`create gpu0 ${gpuInstance}`, ...calls])
  expect(owner).toMatchObject({ ret: nvml.success, id })
  return made.map(({ ret, ...place }) =>
    ret === nvml.success
      ? `${place['id']}@${place['start']}:${place['size']}`
      : `refused with ${ret}`,
  )
}

describe('captured places of compute instances', () => {
  test('a whole 3g of an H100 lies at 0:4, and a whole 2g at 0:2', () => {
    expect(createInside(h100, '9 4 4', 2, [2])).toEqual(['0@0:4'])
    expect(createInside(h100, '14 0 2', 3, [1])).toEqual(['0@0:2'])
  })

  test('a whole double-memory 1g of an H100 NVL lies at 0:2', () => {
    expect(createInside('H100 NVL +mig', '15 0 2', 3, [7])).toEqual(['0@0:2'])
  })

  test('a whole 3g of an A100 lies at 0:3', () => {
    expect(createInside(a100, '9 4 4', 2, [2])).toEqual(['0@0:3'])
  })

  test('the first 1c of a 3g lies at 2 on an H100', () => {
    expect(createInside(h100, '9 4 4', 2, [0, 0, 0, 0])).toEqual([
      '0@2:1',
      '1@0:1',
      '2@1:1',
      `refused with ${nvml.insufficientResources}`,
    ])
  })

  test('three 1c of a 3g lie at 0, 1 and 2 on an A100, in the order of creation', () => {
    expect(createInside(a100, '9 4 4', 2, [0, 0, 0])).toEqual(['0@0:1', '1@1:1', '2@2:1'])
  })

  test('two 1c of a 2g lie at 0 and 1 on an A100', () => {
    expect(createInside(a100, '14 0 2', 3, [0, 0])).toEqual(['0@0:1', '1@1:1'])
  })

  test('1c, 2c and 3c fill the 7g of an A100, as in the MIG User Guide', () => {
    const places = createInside(a100, '0 0 8', 0, [0, 1, 2])
    expect(places.every((place) => !place.startsWith('refused'))).toBe(true)
  })
})

describe('places that the kernel module counts', () => {
  const listed = (machine: string | Record<string, string>, gpuInstance: string, id: number) =>
    inSession(machine, [
      `create gpu0 ${gpuInstance}`,
      ...[0, 1, 2, 3, 4].map((profile) => `ci-places gpu0 ${id} ${profile}`),
    ])
      .slice(1)
      .map(({ ret, places }) => (ret === nvml.success ? places : null))

  test('every size starts at every slice where it fits on an A100', () => {
    expect(listed(a100, '9 4 4', 2)).toEqual(['0:1 1:1 2:1', '0:2 1:2', '0:3', null, null])
    expect(listed(a100, '5 0 4', 1)).toEqual(['0:1 1:1 2:1 3:1', '0:2 1:2 2:2', null, '0:4', null])
    expect(listed(a100, '0 0 8', 0)?.[2]).toBe('0:3 1:3 2:3 3:3 4:3')
  })

  test('sizes are aligned slots on an H100: a 3c spans four, a 7c eight', () => {
    expect(listed(h100, '9 4 4', 2)).toEqual(['0:1 1:1 2:1', '0:2', '0:4', null, null])
    expect(listed(h100, '0 0 8', 0)).toEqual([
      '0:1 1:1 2:1 3:1 4:1 5:1 6:1',
      '0:2 2:2 4:2',
      '0:4 4:4',
      '0:4',
      '0:8',
    ])
  })

  test('a machine with the other rule lists the places of the other kind of board', () => {
    const other = { COMPUTE_PLACES: 'other' }
    expect(listed({ MACHINE: a100, ...other }, '9 4 4', 2)).toEqual(listed(h100, '9 4 4', 2))
    expect(listed({ MACHINE: h100, ...other }, '5 0 4', 1)).toEqual(listed(a100, '5 0 4', 1))
  })

  test('a 1c at slice 3 leaves no room for a 3c at 0 on an H100, and does on an A100', () => {
    const calls = ['create gpu0 0', 'create-ci gpu0 0 0 3 1']
    const { success, inUse } = nvml
    expect(codes(inSession(h100, [...calls, 'create-ci gpu0 0 2 0 4']))).toEqual([
      success,
      success,
      inUse,
    ])
    expect(codes(inSession(a100, [...calls, 'create-ci gpu0 0 2 0 3']))).toEqual([
      success,
      success,
      success,
    ])
  })

  test('two 3c leave no room for a 1c in the 7g of an H100', () => {
    const { success, insufficientResources } = nvml
    expect(
      codes(
        inSession(h100, [
          'create gpu0 0',
          'create-ci gpu0 0 2',
          'create-ci gpu0 0 2',
          'create-ci gpu0 0 0',
        ]),
      ),
    ).toEqual([success, success, success, insufficientResources])
  })
})

describe('what no public source settles', () => {
  const wrongSize = ['create gpu0 9 4 4', 'create-ci gpu0 2 2 0 3']
  const occupied = ['create gpu0 9 4 4', 'create-ci gpu0 2 0 0 1', 'create-ci gpu0 2 1 0 2']
  const last = (checks: string, calls: readonly string[]): number | undefined =>
    codes(inSession({ MACHINE: h100, CHECKS: checks }, calls)).at(-1)

  test('a strict driver refuses a size that it does not list', () => {
    expect(last('strict', wrongSize)).toBe(nvml.invalidArgument)
  })

  test('a loose driver goes by the start, and reports the size that it lists', () => {
    const [, made] = inSession({ MACHINE: h100, CHECKS: 'loose' }, wrongSize)
    expect(made).toMatchObject({ ret: nvml.success, start: 0, size: 4 })
  })

  test('both refuse a start that they do not list', () => {
    const misaligned = ['create gpu0 9 4 4', 'create-ci gpu0 2 1 1 2']
    expect(last('strict', misaligned)).toBe(nvml.invalidArgument)
    expect(last('loose', misaligned)).toBe(nvml.invalidArgument)
  })

  test('an occupied slice is in use for a strict driver, and lacks resources for a loose one', () => {
    expect(last('strict', occupied)).toBe(nvml.inUse)
    expect(last('loose', occupied)).toBe(nvml.insufficientResources)
  })
})
