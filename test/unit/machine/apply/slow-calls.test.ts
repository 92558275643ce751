import { AsyncResource } from 'node:async_hooks'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  applyMigConfig,
  planMigConfig,
  readMigState,
  recoverMig,
  watchMigState,
  withMigConfig,
} from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import type { ApplyOptions, SlowCall } from '../../../../types/machine/options.js'
import type { WatchOptions } from '../../../../types/machine/watch.js'
import { untilCalled } from '../../../support/calls.js'
import { configure } from '../../../support/configure.js'
import { InterruptedApply } from '../../../support/interrupted.js'
import { fakeRoot } from '../../../support/root-tree.js'

type Slow = ApplyEvent & { readonly kind: 'slow' }

/** Collects only calls of the named function, because on a busy computer any call may be slow. */
function collectSlow(events: Slow[], fn?: string): (event: ApplyEvent) => void {
  return (event) => {
    if (event.kind === 'slow' && (fn === undefined || event.fn === fn)) events.push(event)
  }
}

const hangMs = 1000
const createFn = 'nvmlDeviceCreateGpuInstanceWithPlacement'

describe('slow calls', () => {
  // Time passes while the call hangs; on a busy computer it could otherwise end before the timers fire.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { setTimeout } = globalThis
    // Like Node's timers: in the asynchronous context in which the option was set.
    vi.stubGlobal('setTimeout', (call: () => void, ms: number) =>
      setTimeout(AsyncResource.bind(call), ms),
    )
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  test('a slow call is reported repeatedly with its function, GPU, step and duration', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
    machine.fail({ fn: createFn, hangMs })
    const slow: Slow[] = []
    const work = applyMigConfig(configure(undefined, { '3g.20gb': 2 }), {
      library: machine.library,
      slowAfterMs: 100,
      onEvent: collectSlow(slow, createFn),
    })
    await untilCalled(machine, createFn)
    vi.advanceTimersByTime(799)
    const report = await work
    const [gpu] = report.gpus
    for (const event of slow)
      expect(event).toMatchObject({
        gpu: gpu?.gpu,
        gpuIndex: 1,
        step: { kind: 'create-gpu-instance', gpuIndex: 1 },
      })
    // The interval doubles: a day of waiting gives about twenty events.
    expect(slow.map(({ durationMs }) => durationMs)).toEqual([100, 200, 400])
    expect(report.outcome).toBe('applied')
  })

  test('a slow read of the machine is reported with its GPU and without a step', async () => {
    using machine = createSimulatedMachine('3x A100-SXM4-40GB +mig')
    machine.fail({ fn: 'nvmlDeviceGetMigMode', nth: 2, hangMs })
    const slow: Slow[] = []
    const work = applyMigConfig(
      {
        version: 'v1',
        'mig-configs': { x: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': {} }] },
      },
      { library: machine.library, slowAfterMs: 100, onEvent: collectSlow(slow) },
    )
    await untilCalled(machine, 'nvmlDeviceGetMigMode', 2)
    vi.advanceTimersByTime(100)
    await work
    expect(slow).toContainEqual(
      expect.objectContaining({ fn: 'nvmlDeviceGetMigMode', gpuIndex: 1, step: null }),
    )
  })

  test('onSlowCall gets slow calls of functions that only read, and of an apply beside its event', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
    const look = async (work: (options: ApplyOptions) => Promise<unknown>) => {
      machine.resetCallCounts()
      machine.fail({ fn: 'nvmlDeviceGetMigMode', nth: 2, hangMs })
      const slow: SlowCall[] = []
      const working = work({
        library: machine.library,
        slowAfterMs: 100,
        onSlowCall: (call) => slow.push(call),
      })
      await untilCalled(machine, 'nvmlDeviceGetMigMode', 2)
      vi.advanceTimersByTime(100)
      await working
      return slow
    }
    const wanted = configure({ '3g.20gb': 1 })
    const watchOnce = async (options: WatchOptions) => {
      for await (const _ of watchMigState(options)) break
    }
    const apply = applyMigConfig.bind(null, wanted)
    for (const work of [readMigState, watchOnce, planMigConfig.bind(null, wanted), apply])
      expect(await look(work)).toContainEqual(
        expect.objectContaining({ fn: 'nvmlDeviceGetMigMode', gpuIndex: 1 }),
      )
  })

  test('a slow read for the checkpoint that withMigConfig keeps is reported', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
    machine.fail({ fn: 'nvmlDeviceGetMigMode', nth: 2, hangMs })
    const slow: SlowCall[] = []
    const working = withMigConfig(configure({ '3g.20gb': 1 }), () => {}, {
      library: machine.library,
      checkpointFile: join(fakeRoot(), 'before.json'),
      slowAfterMs: 100,
      onSlowCall: (call) => slow.push(call),
    })
    await untilCalled(machine, 'nvmlDeviceGetMigMode', 2)
    vi.advanceTimersByTime(100)
    await working
    expect(slow).toContainEqual(
      expect.objectContaining({ fn: 'nvmlDeviceGetMigMode', gpuIndex: 1 }),
    )
  })

  test('a slow opening of NVML is reported', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    machine.fail({ fn: 'nvmlInit_v2', hangMs })
    const slow: Slow[] = []
    const work = applyMigConfig(configure({}), {
      library: machine.library,
      slowAfterMs: 100,
      onEvent: collectSlow(slow),
    })
    await untilCalled(machine, 'nvmlInit_v2')
    vi.advanceTimersByTime(100)
    await work
    expect(slow).toContainEqual(
      expect.objectContaining({ fn: 'nvmlInit_v2', gpu: null, gpuIndex: null, step: null }),
    )
  })

  test('a slow reset of a GPU is reported', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
    const slow: Slow[] = []
    await applyMigConfig(configure({}), {
      library: machine.library,
      slowAfterMs: 100,
      onEvent: collectSlow(slow, 'reset (a function)'),
      reset: async () => {
        // The call is watched by then.
        await setImmediate()
        vi.advanceTimersByTime(100)
        machine.resetGpu(0)
      },
    })
    expect(slow[0]).toMatchObject({ gpuIndex: 0, step: { kind: 'set-mig-mode' } })
  })

  test('slow calls of an undo and of a recovery are reported with their step', async () => {
    using left = await InterruptedApply.create()
    left.machine.fail({ fn: 'nvmlGpuInstanceDestroy', hangMs })
    left.machine.resetCallCounts()
    const slow: Slow[] = []
    const work = recoverMig({
      library: left.library,
      slowAfterMs: 100,
      onEvent: collectSlow(slow, 'nvmlGpuInstanceDestroy'),
    })
    await untilCalled(left.machine, 'nvmlGpuInstanceDestroy')
    vi.advanceTimersByTime(100)
    await work
    expect(slow[0]).toMatchObject({ step: { kind: 'destroy-gpu-instance' } })
  })

  test('a slow call of an apply that was stopped meanwhile is reported, and the apply waits for it', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    machine.fail({ fn: createFn, hangMs })
    const stopping = new AbortController()
    const slow: Slow[] = []
    const work = applyMigConfig(configure({ '3g.20gb': 1 }), {
      library: machine.library,
      slowAfterMs: 100,
      signal: stopping.signal,
      onEvent(event) {
        collectSlow(slow, createFn)(event)
        if (slow.length > 0) stopping.abort()
      },
    })
    await untilCalled(machine, createFn)
    vi.advanceTimersByTime(200)
    await expect(work).rejects.toMatchObject({ code: 'ABORT_ERR', report: { outcome: 'undone' } })
    expect(slow).toHaveLength(2)
  })
})

test('calls that return in time are not reported, and an invalid limit is a TypeError', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const slow: Slow[] = []
  const options = { library: machine.library, onEvent: collectSlow(slow) }
  await applyMigConfig(configure({ '1g.5gb': 7 }), options)
  expect(slow).toEqual([])
  await expect(applyMigConfig(configure({}), { ...options, slowAfterMs: 0 })).rejects.toThrow(
    /slowAfterMs/,
  )
})
