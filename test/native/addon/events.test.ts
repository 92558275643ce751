import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { openSession } from '../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { untilCalled } from '../../support/calls.js'
import { addonPath, controlAddonPath, simulatorPath } from '../../support/native-paths.js'

const fixture = fileURLToPath(new URL('fixtures/watch-events.mjs', import.meta.url))

async function watchAnd(way: string): Promise<unknown> {
  const child = spawn(
    process.execPath,
    [fixture, addonPath(), simulatorPath(), controlAddonPath(), way],
    {
      env: { ...process.env, MIG_SIMULATOR_MACHINE: '2x A100-SXM4-40GB +mig' },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { code, signal, output: output.trim() }
}

// A crash would show as a signal, or as another exit code.
test.each([
  ['keeps no process that has nothing else to do', 'nothing', { code: 0, signal: null }],
  ['outlives process.exit()', 'exit', { code: 7, signal: null }],
  ['outlives an uncaught error', 'throw', { code: 1, signal: null }],
  ['outlives a signal', 'kill', { code: null, signal: 'SIGTERM' }],
])('a watch for events %s', async (_, way, expected) => {
  expect(await watchAnd(way)).toMatchObject(expected)
})

test('a stopped watch calls back for the last time when its event set is freed', async () => {
  // 79: the GPU has fallen off the bus.
  expect(await watchAnd('stop')).toEqual({ code: 0, signal: null, output: '79 ended' })
})

test('a terminated worker leaves no watch behind, and watches of other workers go on', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const { gpus } = await session.readState()
  for (let round = 1; round <= 3; round++) {
    const worker = new Worker(new URL('fixtures/watch-in-worker.mjs', import.meta.url), {
      workerData: {
        addonPath: addonPath(),
        library: machine.library,
        gpus: gpus.map(({ uuid }) => uuid),
      },
    })
    await once(worker, 'message')
    await untilCalled(machine, 'nvmlEventSetWait_v2', round)
    await worker.terminate()
    await untilCalled(machine, 'nvmlEventSetFree', round)
  }
  expect((await session.readState()).gpus).toHaveLength(1)
})

test('NVML shuts down when the last watch has ended, not before', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  const session = await openSession({ library: machine.library })
  const { gpus } = await session.readState()
  const watch = await session.watchEvents(
    gpus.map(({ uuid }) => uuid),
    { onEvent: () => {}, onEnd: () => {} },
  )
  await session.close()
  expect(machine.callCounts().byFunction['nvmlShutdown']).toBeUndefined()
  await watch?.close()
  expect(machine.callCounts().byFunction['nvmlShutdown']).toBe(1)
})

test('a driver without events makes a watch fail at once', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const gpus = (await session.readState()).gpus.map(({ uuid }) => uuid)
  const nobody = { onEvent: () => {}, onEnd: () => {} }
  machine.fail({ fn: 'nvmlEventSetCreate', error: 'NVML_ERROR_FUNCTION_NOT_FOUND' })
  expect(await session.watchEvents(gpus, nobody)).toBeNull()
  // It knows the one and not the other.
  machine.fail({ fn: 'nvmlDeviceRegisterEvents', error: 'NVML_ERROR_NOT_SUPPORTED' })
  const half = await session.watchEvents(gpus, nobody)
  expect(half).not.toBeNull()
  await half?.close()
  const { byFunction } = machine.callCounts()
  expect(byFunction['nvmlEventSetFree']).toBe(1)
})

test('a driver that fails ends the watch, and the callback gets the failure', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const gpus = (await session.readState()).gpus.map(({ uuid }) => uuid)
  machine.fail({ fn: 'nvmlEventSetWait', nth: 2, error: 'NVML_ERROR_UNKNOWN' })
  const failure = new Promise((resolve) => {
    void session.watchEvents(gpus, { onEvent: () => {}, onEnd: resolve })
  })
  // An event watch does not keep the process alive by itself.
  const alive = setInterval(() => {}, 1 << 30)
  expect(await failure).toMatchObject({ ret: 999, fn: 'nvmlEventSetWait_v2' })
  clearInterval(alive)
})
