import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Change, enqueueChange } from '../../../../lib/driver/connection/change-queue.js'
import { openSession } from '../../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'

interface HeldChange extends Change<string> {
  end(): void
}

/** A change that runs until the test ends it. */
function hold(log: string[], machine: string, name: string): HeldChange {
  let end = (): void => {}
  const held = new Promise<void>((resolve) => {
    end = resolve
  })
  return {
    machine,
    call: { fn: name, gpu: null, gpuIndex: null },
    end: () => end(),
    async run() {
      log.push(`${name} begins`)
      await held
      log.push(`${name} ends`)
      return name
    },
  }
}

test('changes of one machine run one after the other, changes of two machines side by side', async () => {
  const log: string[] = []
  const first = hold(log, 'a', 'first')
  const second = hold(log, 'a', 'second')
  const other = hold(log, 'b', 'other')
  const done = [enqueueChange(first), enqueueChange(second), enqueueChange(other)]
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

test('changes leave half of the thread pool to the rest of the program', async () => {
  const log: string[] = []
  const changes = Array.from({ length: 6 }, (_, n) => hold(log, `machine ${n}`, `${n}`))
  const done = changes.map((change) => enqueueChange(change))
  await setImmediate()
  expect(log).toEqual(['0 begins', '1 begins'])
  for (const { end } of changes) end()
  await Promise.all(done)
  expect(log.filter((line) => line.endsWith('ends'))).toHaveLength(6)
})

test('an abort removes a waiting change from the queue, and lets a running one end', async () => {
  const log: string[] = []
  const running = hold(log, 'a', 'running')
  const waiting = hold(log, 'a', 'waiting')
  const after = hold(log, 'a', 'after')
  const controller = new AbortController()
  const { signal } = controller
  const reason = new Error('enough')
  const ran = enqueueChange(running, { signal })
  const waited = enqueueChange(waiting, { signal })
  const last = enqueueChange(after)
  controller.abort(reason)
  await expect(waited).rejects.toBe(reason)
  running.end()
  after.end()
  expect(await ran).toBe('running')
  expect(await last).toBe('after')
  expect(log).not.toContain('waiting begins')
  await expect(enqueueChange(waiting, { signal })).rejects.toBe(reason)
})

test('a change that fails does not delay the next', async () => {
  const failing = { ...hold([], 'a', 'failing'), run: () => Promise.reject(new Error('no')) }
  await expect(enqueueChange(failing)).rejects.toThrow('no')
  const next = hold([], 'a', 'next')
  next.end()
  expect(await enqueueChange(next)).toBe('next')
})

test('a waiting change can report at any moment which change it waits for', async () => {
  const log: string[] = []
  const [first, second, last] = ['first', 'second', 'last'].map((name) => hold(log, 'a', name)) as [
    HeldChange,
    HeldChange,
    HeldChange,
  ]
  let ahead = (): string => 'it does not wait'
  const done = [
    enqueueChange(first, { watchWait: () => log.push('the first waits') }),
    enqueueChange(second),
    enqueueChange(last, {
      watchWait: (_wait, describe) => {
        ahead = () => describe().fn
      },
    }),
  ]
  expect(ahead()).toBe('first')
  first.end()
  await done[0]
  await setImmediate()
  expect(ahead()).toBe('second')
  second.end()
  last.end()
  await Promise.all(done)
  expect(log).not.toContain('the first waits')
})

test('a driver never gets two changes of one machine at once', async () => {
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
