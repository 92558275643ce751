import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { NativeAddon } from '../../../../lib/driver/addon/addon.js'
import { boundCalls } from '../../../../lib/driver/addon/call-slots.js'

/** An addon whose reads answer when the test says so. */
function createHangingAddon() {
  const begun: (() => void)[] = []
  const addon = {
    snapshot: () => new Promise((resolve) => begun.push(() => resolve({ ok: true, value: [] }))),
    callCounts: () => ({ total: 0, changing: 0, gpus: {} }),
    hasReader: () => false,
    close: () => {
      throw new TypeError('no such session')
    },
  }
  return { begun, addon: boundCalls(addon as unknown as NativeAddon) }
}

test('hanging driver calls leave one of the four threads of the pool to the rest of the program', async () => {
  const { begun, addon } = createHangingAddon()
  const reads = Array.from({ length: 5 }, () => addon.snapshot(1))
  expect(begun).toHaveLength(3)
  // What answers at once is not held up.
  expect(addon.callCounts(1).total).toBe(0)
  expect(addon.hasReader(1)).toBe(false)
  // Nor is what fails at once: it takes no thread.
  const closing = addon.close(1).catch((error: unknown) => error)
  begun[0]?.()
  await setImmediate()
  expect(begun).toHaveLength(4)
  for (let next = 1; next < 5; next++) {
    begun[next]?.()
    await setImmediate()
  }
  expect(await Promise.all(reads)).toHaveLength(5)
  expect(await closing).toBeInstanceOf(TypeError)
})
