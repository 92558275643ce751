import { expect, test } from 'vitest'
import { createWaiter } from '../../../../lib/agent/loop/waiter.js'
import { systemClock } from '../../../../lib/agent/node/clock.js'
import type { NodeAgentOptions } from '../../../../lib/agent/node/context.js'

const { signal } = new AbortController()

test('the clock is that of the system', () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(60_000)
})

test('an abort ends a sleep without an error, and a sleep whose signal is aborted does not begin', async () => {
  const controller = new AbortController()
  const sleeping = systemClock.sleep(3_600_000, controller.signal)
  controller.abort(new Error('enough'))
  expect(await sleeping).toBeUndefined()
  expect(await systemClock.sleep(3_600_000, AbortSignal.abort())).toBeUndefined()
})

test('a sleep that is longer than a timer can be is no short one', async () => {
  const controller = new AbortController()
  let isOver = false
  // A timer of more than 2^31 - 1 ms fires at once.
  const sleeping = systemClock.sleep(2 ** 31, controller.signal).then(() => {
    isOver = true
  })
  await systemClock.sleep(20, signal)
  expect(isOver).toBe(false)
  controller.abort()
  await sleeping
})

test('a sleep lasts as long as it says', async () => {
  const begun = performance.now()
  await systemClock.sleep(50, signal)
  // A timer may be early by a part of a millisecond.
  expect(performance.now() - begun).toBeGreaterThan(45)
})

test('a wait ends by a wake, by the signal or by its time, and a wake before it ends the next one', async () => {
  const controller = new AbortController()
  const options = { clock: systemClock, signal: controller.signal } as NodeAgentOptions
  const waiter = createWaiter(options)
  const waiting = waiter.wait(3_600_000)
  waiter.wake()
  await waiting
  waiter.wake()
  await waiter.wait(3_600_000)
  await waiter.wait(1)
  const last = waiter.wait(3_600_000)
  controller.abort()
  await last
})

test('a wish is new once, until a run is over or the wish is another', () => {
  const waiter = createWaiter({ clock: systemClock, signal } as NodeAgentOptions)
  const wish = { config: 'halves', digest: 'a' }
  const answers = [wish, wish, { ...wish, digest: 'b' }, wish, { config: null, digest: null }]
  expect(answers.map((each) => waiter.isNew(each))).toEqual([true, false, true, true, true])
  waiter.forget()
  expect(waiter.isNew({ config: null, digest: null })).toBe(true)
})
