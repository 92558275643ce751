import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { openSession } from '../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../types/simulator/machine.js'
import { untilCalled } from '../../support/calls.js'
import { addonPath } from '../../support/native-paths.js'

interface Reader {
  readonly worker: Worker
  /** How many GPUs it has read; undefined when it ended before. */
  readonly read: Promise<number | undefined>
  readonly ended: Promise<unknown>
}

function startReader(
  machine: SimulatedMachine,
  options: { times: number; close: boolean },
): Reader {
  const worker = new Worker(new URL('fixtures/read-in-worker.mjs', import.meta.url), {
    workerData: { addonPath: addonPath(), library: machine.library, ...options },
  })
  const ended = once(worker, 'exit')
  const read = new Promise<number | undefined>((resolve, reject) => {
    worker.on('message', resolve)
    worker.on('error', reject)
    worker.on('exit', () => resolve(undefined))
  })
  return { worker, read, ended }
}

test('sixteen workers read at once, with one initialisation of NVML', async () => {
  using machine = createSimulatedMachine('4x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  machine.resetCallCounts()
  const readers = Array.from({ length: 16 }, () => startReader(machine, { times: 20, close: true }))
  const counts = await Promise.all(readers.map(({ read }) => read))
  expect(counts).toEqual(Array(16).fill(4 * 20))
  await Promise.all(readers.map(({ ended }) => ended))
  const { byFunction } = machine.callCounts()
  expect(byFunction['nvmlInit_v2']).toBeUndefined()
  expect(byFunction['nvmlShutdown']).toBeUndefined()
  expect((await session.readState()).gpus).toHaveLength(4)
})

test('the last of several workers shuts NVML down, even without closing its session', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB')
  const readers = [true, false, false].map((close) => startReader(machine, { times: 1, close }))
  await Promise.all(readers.map(({ ended }) => ended))
  const { byFunction } = machine.callCounts()
  expect(byFunction['nvmlInit_v2']).toBeGreaterThan(0)
  expect(byFunction['nvmlShutdown']).toBe(byFunction['nvmlInit_v2'])
})

test('a worker that is terminated in the middle of a call does not harm the others', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB')
  await using session = await openSession({ library: machine.library })
  machine.fail({ fn: 'nvmlDeviceGetCount', hangMs: 300 })
  const reader = startReader(machine, { times: 1, close: true })
  await untilCalled(machine, 'nvmlDeviceGetCount_v2')
  await reader.worker.terminate()
  expect((await session.readState()).gpus).toHaveLength(1)
})

test('the addon loads again after its last worker has ended', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB')
  for (let round = 0; round < 3; round++) {
    const reader = startReader(machine, { times: 1, close: false })
    expect(await reader.read).toBe(1)
    await reader.ended
  }
})

test('the thread that waits for a lock outlives its worker', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-'))
  try {
    const path = join(folder, 'lock')
    // A process of its own, where nobody but the worker has loaded the addon.
    const output = execFileSync(
      process.execPath,
      [
        fileURLToPath(new URL('fixtures/wait-in-worker.mjs', import.meta.url)),
        addonPath(),
        fileURLToPath(new URL('fixtures/hold-lock.mjs', import.meta.url)),
        path,
      ],
      { encoding: 'utf8' },
    )
    expect(output).toBe('alive')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
