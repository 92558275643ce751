import { expect, test, vi } from 'vitest'
import { repeatedWait } from '../../../../lib/machine/watch/repeated-wait.js'
import { reasonOf } from '../../../support/errors.js'

function openWork(): { readonly promise: Promise<string>; resolve(value: string): void } {
  let resolve = (_value: string): void => {}
  const promise = new Promise<string>((end) => {
    resolve = end
  })
  return { promise, resolve: (value) => resolve(value) }
}

test('a thousand waits for work that does not end leave nothing behind on it', async () => {
  const { promise, resolve } = openWork()
  const subscribed = vi.spyOn(promise, 'then')
  const wait = repeatedWait(promise)
  const afterFirst = subscribed.mock.calls.length
  for (let count = 0; count < 1000; count += 1) expect(await wait(0)).toBeNull()
  expect(subscribed.mock.calls.length).toBe(afterFirst)
  resolve('done')
  expect(await wait(600_000)).toBe('done')
})

test('work that ends during a wait ends it', async () => {
  const { promise, resolve } = openWork()
  const waiting = repeatedWait(promise)(600_000)
  resolve('done')
  expect(await waiting).toBe('done')
})

test('work that fails while nobody waits fails the next wait', async () => {
  const failure = new Error('gone')
  const wait = repeatedWait(Promise.reject(failure))
  await Promise.resolve()
  expect(await reasonOf(wait(600_000))).toBe(failure)
})
