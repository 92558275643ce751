import { describe, expect, test } from 'vitest'
import { failedCall } from '../../../../lib/agent/client/failures.js'
import { createPatience } from '../../../../lib/agent/node/patience.js'
import { MigError } from '../../../../lib/errors.js'
import { rejectionOf } from '../../../support/errors.js'

const refused = (status: number): Error => failedCall('list nodes', status, {}, '')
const works = async (): Promise<string> => 'done'
const fails = (error: Error) => async (): Promise<never> => {
  throw error
}

function createWaiting() {
  let now = 0
  const lines: string[] = []
  const controller = new AbortController()
  const patiently = createPatience({
    clock: { now: () => now, sleep: async () => {} },
    signal: controller.signal,
    log: (line) => lines.push(line),
  })
  return { patiently, lines, controller, pass: (ms: number) => (now += ms) }
}

test.each([429, 500, 503, 409])(
  'an API server that answers %i is waited for, however long it lasts',
  async (status) => {
    const { patiently, lines, pass } = createWaiting()
    for (let turn = 0; turn < 3; turn++) {
      expect(await patiently('look', fails(refused(status)))).toBeNull()
      pass(3_600_000)
    }
    expect(lines).toHaveLength(3)
    expect(await patiently('look', works)).toBe('done')
  },
)

describe('a refusal', () => {
  test.each([401, 403])('with %i at the first call is an error at once', async (status) => {
    const { patiently } = createWaiting()
    const error = await rejectionOf(patiently('look', fails(refused(status))))
    expect(error.code).toBe('MIG_CLUSTER_FORBIDDEN')
  })

  test.each([401, 403])(
    'with %i of what was allowed before is waited for, and is an error after a minute',
    async (status) => {
      const { patiently, pass } = createWaiting()
      for (let turn = 0; turn < 2; turn++) {
        await patiently('look', works)
        expect(await patiently('look', fails(refused(status)))).toBeNull()
        pass(59_000)
        expect(await patiently('look', fails(refused(status)))).toBeNull()
      }
      pass(1000)
      const error = await rejectionOf(patiently('look', fails(refused(status))))
      expect(error.code).toBe('MIG_CLUSTER_FORBIDDEN')
    },
  )

  test('of a call that a role has never allowed is an error at once, though others are allowed', async () => {
    const { patiently } = createWaiting()
    await patiently('lease', works)
    await expect(patiently('look', fails(refused(403)))).rejects.toThrow(/403/)
  })

  test('of the token counts for each call alike, also one that was never made before', async () => {
    const { patiently } = createWaiting()
    await patiently('lease', works)
    expect(await patiently('look', fails(refused(401)))).toBeNull()
    const file = new MigError('MIG_CLUSTER_CONFIG', 'the file of the token is not there')
    expect(await patiently('look', fails(file))).toBeNull()
  })
})

test('any other error, and the reason of an abort, end the run', async () => {
  const { patiently, controller } = createWaiting()
  await expect(patiently('look', fails(new Error('a mistake')))).rejects.toThrow('a mistake')
  controller.abort(new Error('stopped'))
  await expect(patiently('look', fails(refused(503)))).rejects.toThrow('stopped')
})
