import { describe, expect, test } from 'vitest'
import { readInput } from '../../../lib/config/document/read-input.js'
import { requestConfig } from '../../../lib/config/document/request.js'
import { resolveConfig } from '../../../lib/config/resolve/resolve.js'
import type { MigRequest } from '../../../types/config/request.js'
import { migErrorOf, rejectionOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

const state = stateOf([
  { key: 'a100-40gb', migEnabled: true },
  { key: 'a100-40gb', migEnabled: false },
  { key: 'none' },
])
const [first] = state.gpus

const resolve = (request: MigRequest) => resolveConfig(requestConfig(request, false), state)

describe('which GPUs a request is for', () => {
  test.each<[MigRequest['gpu'], readonly number[]]>([
    [0, [0]],
    [
      [1, 0],
      [0, 1],
    ],
    [first?.uuid ?? '', [0]],
    ['00:00.0', [0]],
    ['00000000:01:00.0', [1]],
    ['all', [0, 1]],
  ])('gpu: %j names %j', (gpu, indexes) => {
    const { gpus } = resolve({ gpu, migDevices: { '1g.5gb': 1 } })
    expect(gpus.map((each) => each.gpu.index)).toEqual(indexes)
  })
})

describe('the MIG mode that a request wants', () => {
  test.each<[Omit<MigRequest, 'gpu'>, readonly boolean[]]>([
    [{ migDevices: { '1g.5gb': 1 } }, [true, true]],
    [{ migDevices: {} }, [true, false]],
    [{ migDevices: {}, migEnabled: true }, [true, true]],
    [{ migEnabled: false }, [false, false]],
    [{ migEnabled: false, migDevices: {} }, [false, false]],
  ])('%j on a GPU with MIG and one without', (rest, modes) => {
    const { gpus } = resolve({ gpu: [0, 1], ...rest })
    expect(gpus.map(({ migEnabled }) => migEnabled)).toEqual(modes)
  })

  test('a request without devices leaves a pending mode pending', () => {
    const pending = stateOf([{ key: 'a100-40gb', instances: ['1g.5gb@0'], pending: false }])
    const { gpus } = resolveConfig(requestConfig({ gpu: 0, migDevices: {} }, false), pending)
    expect(gpus[0]).toMatchObject({ migEnabled: true, migPending: false })
  })
})

describe('requests that are refused', () => {
  test.each<[unknown, string, string]>([
    [{ gpu: 0 }, 'migDevices', 'is missing'],
    [{ gpu: 0, migEnabled: true }, 'migDevices', 'is missing'],
    [{ gpu: 0, migDevices: { '1g.5gb': 0 } }, 'migDevices', 'only counts of 0'],
    [{ gpu: 0, migDevices: { '1g.5gb': -1 } }, 'migDevices["1g.5gb"]', 'a whole number from 0'],
    [{ gpu: 0, migDevices: { '1g.5gb': '2' } }, 'migDevices["1g.5gb"]', 'a whole number from 0'],
    [{ gpu: 0, migDevices: ['1g.5gb'] }, 'migDevices', 'counts by profile'],
    [{ gpu: 0, migDevices: { '1g.5gb': 1 }, migEnabled: false }, 'migDevices', 'must be empty'],
    [{ gpu: 0, add: true }, 'migDevices', 'add needs MIG devices'],
    [{ gpu: 0, migDevices: {}, add: true }, 'migDevices', 'add needs MIG devices'],
    [
      { gpu: 0, migDevices: { '1g.5gb': 1 }, add: true, migEnabled: true },
      'migEnabled',
      'with add',
    ],
    [{ gpu: -1, migDevices: {} }, 'gpu', 'an index'],
    [{ gpu: 1.5, migDevices: {} }, 'gpu', 'an index'],
    [{ gpu: 'GPU 0', migDevices: {} }, 'gpu', 'an index'],
    [{ gpu: [], migDevices: {} }, 'gpu', 'a list'],
    [{ gpu: [0, 'x'], migDevices: {} }, 'gpu[1]', 'an index'],
    [{ migDevices: {} }, 'gpu', 'an index'],
    [{ gpus: 0, migDevices: {} }, '', 'did you mean gpu?'],
    [{ gpu: 0, migDevices: {}, add: 'yes' }, 'add', 'true or false'],
  ])('%j is invalid at %s', (request, place, why) => {
    const error = migErrorOf(() => requestConfig(request as MigRequest, false))
    expect(error.code).toBe('MIG_CONFIG_INVALID')
    expect(error.message).toContain(`The MIG request is not valid: ${place}`)
    expect(error.message).toContain(why)
    expect(error.issues).toHaveLength(1)
  })

  test('a request has no configurations to choose from', async () => {
    const error = await rejectionOf(readInput({ gpu: 0, migDevices: {} }, { config: 'x' }))
    expect(error.code).toBe('MIG_CONFIG_NOT_FOUND')
  })

  test('a name that is no profile gets the names of the GPU and the nearest of them', () => {
    const error = migErrorOf(() => resolve({ gpu: 0, migDevices: { '3g20gb': 1 } }))
    expect(error.code).toBe('MIG_PROFILE_UNKNOWN')
    expect(error.message).toContain('which has 1g.5gb, 1g.5gb+me,')
    expect(error.hint).toContain('did you mean 3g.20gb?')
    expect(error.issues?.[0]?.path).toEqual(['migDevices', '3g20gb'])
  })

  test('a count under a name that JavaScript treats specially is not lost', () => {
    const migDevices = JSON.parse('{"__proto__": 1}')
    expect(migErrorOf(() => resolve({ gpu: 0, migDevices })).code).toBe('MIG_PROFILE_UNKNOWN')
  })

  test('devices are added only where MIG is on', () => {
    const error = migErrorOf(() => resolve({ gpu: 'all', migDevices: { '1g.5gb': 1 }, add: true }))
    expect(error.code).toBe('MIG_MODE_OFF')
    expect(error.message).toContain('gpu names GPU 1, where MIG is off')
  })

  test('the error for devices on a GPU without MIG names those on which the mode is pending, and no others', () => {
    const waiting = stateOf([
      { key: 'a100-40gb', migEnabled: false, pending: true },
      { key: 'a100-40gb', migEnabled: false },
    ])
    const message = (gpu: MigRequest['gpu']): string =>
      migErrorOf(() =>
        resolveConfig(
          requestConfig({ gpu, migDevices: { '1g.5gb': 1 }, add: true }, false),
          waiting,
        ),
      ).message
    expect(message('all')).toMatch(/names GPU 0, 1, where MIG is off; it is pending on GPU 0$/)
    expect(message(1)).toMatch(/names GPU 1, where MIG is off$/)
  })

  test('devices are added to no GPU that cannot do MIG', () => {
    const error = migErrorOf(() => resolve({ gpu: [0, 2], migDevices: { '1g.5gb': 1 }, add: true }))
    expect(error.code).toBe('MIG_NOT_SUPPORTED')
    expect(error.message).toContain('gpu[1] names GPU 2')
  })
})

test('a request that its maker changes later is still what it was', async () => {
  const request = { gpu: [0], migDevices: { '1g.5gb': 1 } }
  const config = readInput(request, {})
  request.gpu.push(1)
  request.migDevices['1g.5gb'] = 7
  const { gpus } = resolveConfig(await config, state)
  expect(gpus.map(({ gpu, wanted }) => [gpu.index, wanted[0]?.count])).toEqual([[0, 1]])
})
