import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { enqueueChange } from '../../../lib/driver/change-queue.js'
import { openSession } from '../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../lib/simulator/index.js'

/** A change that runs until it is told to end. */
function createChange(log: string[], name: string) {
  let end = (): void => {}
  const promise = new Promise<void>((resolve) => {
    end = resolve
  })
  return {
    end,
    run: async () => {
      log.push(`${name} begins`)
      await promise
      log.push(`${name} ends`)
      return name
    },
  }
}

test('changes of one GPU run one after the other, those of two side by side', async () => {
  const log: string[] = []
  const [first, second, other] = ['first', 'second', 'other'].map((name) => createChange(log, name))
  if (!first || !second || !other) throw new Error('unreachable')
  const done = [
    enqueueChange('GPU-a', first.run, undefined),
    enqueueChange('GPU-a', second.run, undefined),
    enqueueChange('GPU-b', other.run, undefined),
  ]
  await setImmediate()
  expect(log).toEqual(['first begins', 'other begins'])
  first.end()
  await done[0]
  await setImmediate()
  expect(log.slice(2)).toEqual(['first ends', 'second begins'])
  second.end()
  other.end()
  expect(await Promise.all(done)).toEqual(['first', 'second', 'other'])
})

test('half of the thread pool is left to others', async () => {
  const log: string[] = []
  const changes = Array.from({ length: 6 }, (_, n) => createChange(log, `${n}`))
  const done = changes.map(({ run }, n) => enqueueChange(`GPU-${n}`, run, undefined))
  await setImmediate()
  expect(log).toEqual(['0 begins', '1 begins'])
  for (const { end } of changes) end()
  await Promise.all(done)
  expect(log.filter((line) => line.endsWith('ends'))).toHaveLength(6)
})

test('an abort takes out what waits, and leaves what has begun', async () => {
  const log: string[] = []
  const [running, waiting, after] = ['running', 'waiting', 'after'].map((name) =>
    createChange(log, name),
  )
  if (!running || !waiting || !after) throw new Error('unreachable')
  const controller = new AbortController()
  const reason = new Error('enough')
  const ran = enqueueChange('GPU-a', running.run, controller.signal)
  const waited = enqueueChange('GPU-a', waiting.run, controller.signal)
  const last = enqueueChange('GPU-a', after.run, undefined)
  controller.abort(reason)
  await expect(waited).rejects.toBe(reason)
  running.end()
  after.end()
  expect(await ran).toBe('running')
  expect(await last).toBe('after')
  expect(log).not.toContain('waiting begins')
  await expect(enqueueChange('GPU-a', waiting.run, controller.signal)).rejects.toBe(reason)
})

test('a change that fails does not hold up the next', async () => {
  await expect(
    enqueueChange('GPU-a', () => Promise.reject(new Error('no')), undefined),
  ).rejects.toThrow('no')
  expect(await enqueueChange('GPU-a', async () => 'yes', undefined)).toBe('yes')
})

test('a driver never sees two changes of one GPU at once', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
  const instances = await Promise.all(
    Array.from({ length: 7 }, () => session.createGpuInstance(gpu, 19, null)),
  )
  expect(new Set(instances.map(({ placement }) => placement.start)).size).toBe(7)
  // In the order of asking: the driver's own order of places on an empty GPU.
  expect(instances.map(({ placement }) => placement.start)).toEqual([6, 4, 5, 0, 1, 2, 3])
})
