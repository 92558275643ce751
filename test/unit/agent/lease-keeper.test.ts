import { expect, test } from 'vitest'
import { createLeaseKeeper } from '../../../lib/agent/rollout/lease-keeper.js'
import { rejectionOf } from '../../support/errors.js'

/** A Lease whose holder renews it while it lives; a dead one loses it after a minute. */
function world(isAlive: () => boolean, waits = false) {
  let now = 0
  let diedAt: number | null = null
  const lines: string[] = []
  const keeper = createLeaseKeeper({
    cluster: {
      async holdLease() {
        if (isAlive()) return { held: false, holder: 'other', renewTime: String(now) }
        diedAt ??= now
        if (now - diedAt > 60_000) return { held: true, holder: 'me', renewTime: String(now) }
        return { held: false, holder: 'other', renewTime: 'of before' }
      },
      async releaseLease() {},
    },
    namespace: 'gpu',
    name: 'lease',
    holder: 'me',
    code: 'MIG_ROLLOUT_RUNNING',
    what: 'rollout',
    waits,
    clock: { now: () => now, sleep: async () => {} },
    signal: new AbortController().signal,
    log: (line) => lines.push(line),
  })
  return {
    keeper,
    lines,
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('a Lease that a killed process has left is taken after its minute, and not refused before', async () => {
  const { keeper, pass } = world(() => false)
  const found: boolean[] = []
  for (let look = 0; look < 22; look++) {
    found.push(await keeper.hold())
    pass(3000)
  }
  expect(found.slice(0, 21)).toEqual(Array(21).fill(false))
  expect(found.at(-1)).toBe(true)
})

test('a Lease that another process renews is refused at the second look', async () => {
  const { keeper, pass } = world(() => true)
  expect(await keeper.hold()).toBe(false)
  pass(3000)
  const error = await rejectionOf(keeper.hold())
  expect(error.code).toBe('MIG_ROLLOUT_RUNNING')
  expect(error.message).toMatch(/another rollout is under way: other/)
})

test('one that waits for its turn is never refused, and says once that it waits', async () => {
  const { keeper, pass, lines } = world(() => true, true)
  for (let look = 0; look < 100; look++) {
    expect(await keeper.hold()).toBe(false)
    pass(3000)
  }
  expect(lines).toEqual([expect.stringMatching(/another rollout, other, .*waiting for its turn$/)])
})
