import { describe, expect, test } from 'vitest'
import { compareGpu } from '../../../lib/config/compare.js'
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

/** By GPU: the names and counts. */
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
  // By the figures of the MIG User Guide: 4,864 MiB and 14 multiprocessors in a 1g.5gb, say.
  test.each([
    ['memory-mib: 4000', ['1 1g.5gb', '1 1g.6gb']],
    ['memory-mib: 9000', ['1 1g.10gb', '1 2g.12gb']],
    ['compute-slices: 2', ['1 2g.10gb', '1 2g.12gb']],
    ['compute-slices: 3', ['1 3g.20gb', '1 4g.24gb']],
    ['multiprocessors: 29', ['1 3g.20gb', '1 4g.24gb']],
    ['memory-mib: 9000, compute-slices: 2, count: 3', ['3 2g.10gb', '3 2g.12gb']],
  ])('%s is the smallest profile of each GPU', (need, expected) => {
    expect(sizesOf(`mig-devices: [{${need}}]`)).toEqual(expected)
  })

  test('adds up with the same size by name', () => {
    expect(sizesOf('mig-devices: [{memory-mib: 4000}, {compute-slices: 1, count: 2}]')).toEqual([
      '3 1g.5gb',
      '3 1g.6gb',
    ])
  })

  test('that no profile has is an error which says what is too much', () => {
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

test('an id that the GPU does not have is told with those that it has', () => {
  const { code, message } = migErrorOf(() => resolve('mig-devices: {"id:19": 1}'))
  expect(code).toBe('MIG_PROFILE_UNKNOWN')
  expect(message).toMatch(/GPU 1, NVIDIA A30, which has .*14 \(1g\.6gb\)/)
})

describe('devices on a set', () => {
  test('need a size on one GPU only, and add up where two are the same on all', () => {
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

  test('of a size that none has are an error', () => {
    const { code, issues } = migErrorOf(() => resolve('total-mig-devices: {9g.9gb: 1}'))
    expect(code).toBe('MIG_PROFILE_UNKNOWN')
    expect(issues?.map(({ path }) => path.at(-1))).toEqual(['9g.9gb', '9g.9gb'])
  })
})

describe('what may be there beside', () => {
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
  ])('%s', (fields, expected) => {
    expect(differences(fields)).toEqual(expected)
  })

  test('a device to keep that is not there is an error', () => {
    const { code, issues } = migErrorOf(() => resolve('mig-devices: {}, keep: [MIG-1]', three))
    expect(code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
    expect(issues?.[0]?.path).toEqual(['mig-configs', 'x', 0, 'keep', 0])
  })
})
