import { describe, expect, test } from 'vitest'
import { watchMigState } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { untilCalled } from '../../../support/calls.js'
import { nextOf } from '../../../support/watching.js'

const never = 1e6

describe('a signal', () => {
  test('an abort ends the wait for the next update', async () => {
    using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
    const abort = new AbortController()
    const reason = new Error('enough')
    await using watch = watchMigState({
      library: machine.library,
      intervalMs: never,
      signal: abort.signal,
    })
    await nextOf(watch)
    const waiting = watch.next()
    abort.abort(reason)
    await expect(waiting).rejects.toMatchObject({
      name: 'AbortError',
      code: 'ABORT_ERR',
      cause: reason,
      message: 'the watch was stopped (enough)',
    })
    expect(await watch.next()).toEqual({ done: true, value: undefined })
  })

  test('an abort ends a wait that has begun, however long it would be', async () => {
    using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
    const abort = new AbortController()
    await using watch = watchMigState({
      library: machine.library,
      intervalMs: never,
      signal: abort.signal,
    })
    await nextOf(watch)
    const waiting = watch.next()
    // All that `next` does before it waits has been done by then.
    await new Promise(setImmediate)
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'ABORT_ERR' })
  })

  test('a watch with an aborted signal does not open the driver', async () => {
    using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
    machine.resetCallCounts()
    const watch = watchMigState({ library: machine.library, signal: AbortSignal.abort() })
    await expect(watch.next()).rejects.toMatchObject({ code: 'ABORT_ERR' })
    expect(machine.callCounts().total).toBe(0)
  })

  test('an abort of a watch does not wait for a driver that hangs', async () => {
    using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
    const abort = new AbortController()
    await using watch = watchMigState({
      library: machine.library,
      intervalMs: 5,
      signal: abort.signal,
    })
    await nextOf(watch)
    const counts = (): Readonly<Record<string, number>> => machine.callCounts().byFunction
    const before = counts()
    machine.fail({ fn: 'nvmlDeviceGetCount', hangMs: 5000 })
    const waiting = watch.next()
    await untilCalled(machine, 'nvmlDeviceGetCount_v2', (before['nvmlDeviceGetCount_v2'] ?? 0) + 1)
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'ABORT_ERR' })
    // The next call of the read, which still hangs.
    expect(counts()['nvmlDeviceGetMigMode']).toBe(before['nvmlDeviceGetMigMode'])
  })
})

describe('return()', () => {
  test('return() ends the wait, frees the event set and shuts NVML down', async () => {
    using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
    machine.resetCallCounts()
    const watch = watchMigState({ library: machine.library, intervalMs: never })
    await nextOf(watch)
    const waiting = watch.next()
    await watch.return()
    expect(await waiting).toEqual({ done: true, value: undefined })
    const { byFunction } = machine.callCounts()
    expect(byFunction['nvmlEventSetFree']).toBe(byFunction['nvmlEventSetCreate'])
    expect(byFunction['nvmlEventSetFree']).toBeGreaterThan(0)
    expect(byFunction['nvmlShutdown']).toBe(byFunction['nvmlInit_v2'])
  })

  test('return() after an abort settles when NVML is shut down, though the abort did not wait for it', async () => {
    using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
    machine.resetCallCounts()
    const abort = new AbortController()
    const { library } = machine
    const watch = watchMigState({ library, intervalMs: never, signal: abort.signal })
    await nextOf(watch)
    machine.fail({ fn: 'nvmlEventSetFree', hangMs: 200 })
    const waiting = watch.next()
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'ABORT_ERR' })
    await watch.return()
    const { byFunction } = machine.callCounts()
    expect(byFunction['nvmlEventSetFree']).toBe(1)
    expect(byFunction['nvmlShutdown']).toBe(byFunction['nvmlInit_v2'])
  })

  test('a break out of the loop frees the event set and shuts NVML down', async () => {
    using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
    machine.resetCallCounts()
    for await (const _ of watchMigState({ library: machine.library })) break
    const { byFunction } = machine.callCounts()
    expect(byFunction['nvmlShutdown']).toBe(byFunction['nvmlInit_v2'])
  })

  test('return() of a watch that was never read opens nothing', async () => {
    using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
    machine.resetCallCounts()
    const watch = watchMigState({ library: machine.library })
    await watch.return()
    expect(await watch.next()).toEqual({ done: true, value: undefined })
    expect(machine.callCounts().total).toBe(0)
  })
})

test('a watch of a machine without a driver rejects at the first update', async () => {
  const watch = watchMigState({ library: '/nowhere/libnvidia-ml.so.1' })
  await expect(watch.next()).rejects.toMatchObject({ code: 'MIG_DRIVER_NOT_FOUND' })
})

test.each([0, -1, Number.NaN, 2 ** 31])('an interval of %s is a TypeError', (intervalMs) => {
  expect(() => watchMigState({ intervalMs })).toThrow(TypeError)
})
