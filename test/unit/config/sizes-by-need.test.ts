import { describe, expect, test } from 'vitest'
import { compareGpu } from '../../../lib/config/compare/compare.js'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { resolveConfig } from '../../../lib/config/resolve/resolve.js'
import type { WantedMachine } from '../../../lib/model/wanted.js'
import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import { documentWith } from '../../support/config-documents.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

const mixed = stateOf([{ key: 'a100-40gb' }, { key: 'a30-24gb' }])

function resolve(fields: string, state: MigState = mixed): WantedMachine<AnyGpuState> {
  return resolveConfig(selectConfig(parseConfig(documentWith(`devices: all, ${fields}`))), state)
}

/** The names and counts for each GPU. */
function sizesOf(fields: string): readonly string[] {
  return resolve(fields).gpus.map(({ wanted, geometry }) =>
    wanted
      .map(({ profileId, count }) => {
        const name = geometry?.profiles.find(({ id }) => id === profileId)?.name
        return `${count} ${name}`
      })
      .join(', '),
  )
}

describe('a size by need', () => {
  // Figures of the MIG User Guide: a 1g.5gb has 4,864 MiB and 14 multiprocessors, for example.
  test.each([
    ['memory-mib: 4000', ['1 1g.5gb', '1 1g.6gb']],
    ['memory-mib: 9000', ['1 1g.10gb', '1 2g.12gb']],
    ['compute-slices: 2', ['1 2g.10gb', '1 2g.12gb']],
    ['compute-slices: 3', ['1 3g.20gb', '1 4g.24gb']],
    ['multiprocessors: 29', ['1 3g.20gb', '1 4g.24gb']],
    ['memory-mib: 9000, compute-slices: 2, count: 3', ['3 2g.10gb', '3 2g.12gb']],
  ])('a need becomes the smallest profile of each GPU: %s', (need, expected) => {
    expect(sizesOf(`mig-devices: [{${need}}]`)).toEqual(expected)
  })

  test('counts of needs that mean the same size add up', () => {
    expect(sizesOf('mig-devices: [{memory-mib: 4000}, {compute-slices: 1, count: 2}]')).toEqual([
      '3 1g.5gb',
      '3 1g.6gb',
    ])
  })

  test('a need that no profile meets is an error that names it', () => {
    const error = migErrorOf(() => resolve('mig-devices: [{memory-mib: 30000}]'))
    expect(error.code).toBe('MIG_PROFILE_UNKNOWN')
    expect(error.issues).toMatchObject([
      { path: ['mig-configs', 'x', 0, 'mig-devices', 0], line: 4 },
    ])
    expect(error.message).toMatch(
      /a device with memory-mib: 30000: .*GPU 1, NVIDIA A30: 30000 MiB of memory needed/,
    )
  })
})

test('the error for an unknown id lists the ids of the GPU', () => {
  const { code, message } = migErrorOf(() => resolve('mig-devices: {"id:19": 1}'))
  expect(code).toBe('MIG_PROFILE_UNKNOWN')
  expect(message).toMatch(/GPU 1, NVIDIA A30, which has .*14 \(1g\.6gb\)/)
})

describe('devices on a set', () => {
  test('devices on a set need a GPU that has the size, and add up if they are the same on all', () => {
    const { groups } = resolve(
      'total-mig-devices: {1g.5gb: 3, 1c.1g.5gb: 2, 1g.6gb: 1, 2g.12gb: 0}',
    )
    expect(groups).toMatchObject([
      {
        kind: 'spread',
        sizes: [
          { name: '1g.5gb', count: 5 },
          { name: '1g.6gb', count: 1 },
        ],
        gpus: [{ sizes: [{ profileId: 19 }, null] }, { sizes: [null, { profileId: 14 }] }],
      },
    ])
  })

  test('devices on a set are an error if no GPU has the size', () => {
    const { code, issues } = migErrorOf(() => resolve('total-mig-devices: {9g.9gb: 1}'))
    expect(code).toBe('MIG_PROFILE_UNKNOWN')
    expect(issues?.map(({ path }) => path.at(-1))).toEqual(['9g.9gb', '9g.9gb'])
  })
})

describe('devices that may stay', () => {
  const three = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@4', '1g.5gb@0'] }])
  const differences = (fields: string): readonly string[] => {
    const [gpu] = resolve(fields, three).gpus
    if (gpu === undefined) throw new Error('no GPU')
    return compareGpu(gpu, three)
  }

  test.each([
    ['mig-devices: {1g.5gb: 1}', ['3g.20gb: 1 present, 0 wanted']],
    ['mig-devices: {1g.5gb: 1}, at-least: true', []],
    ['mig-devices: {1g.5gb: 2}, at-least: true', ['1g.5gb: 1 present, 2 wanted']],
    ['mig-devices: {1g.5gb: 1}, keep: all', []],
    ['mig-devices: {1g.5gb: 1}, keep: busy', ['3g.20gb: 1 present, 0 wanted']],
    [
      `mig-devices: {1g.5gb: 1}, keep: [${three.gpus[0]?.gpuInstances[1]?.computeInstances[0]?.uuid}]`,
      [],
    ],
  ])('compareGpu counts devices that may stay: %s', (fields, expected) => {
    expect(differences(fields)).toEqual(expected)
  })

  test('a device to keep that does not exist is an error', () => {
    const { code, issues } = migErrorOf(() => resolve('mig-devices: {}, keep: [MIG-1]', three))
    expect(code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
    expect(issues?.[0]?.path).toEqual(['mig-configs', 'x', 0, 'keep', 0])
  })
})
