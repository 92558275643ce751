import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { applyMigConfig, recoverMig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyOptions } from '../../../../types/machine/options.js'
import { configure } from '../../../support/configure.js'
import { rejectionOf } from '../../../support/errors.js'
import { fakeRoot } from '../../../support/root-tree.js'

/** An apply during which the second of two GPUs falls off the bus. */
async function loseSecond(options: ApplyOptions): Promise<Awaited<ReturnType<typeof rejectionOf>>> {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const wanted = { '3g.20gb': 2 }
  return await rejectionOf(
    applyMigConfig(configure(wanted, wanted), {
      library: machine.library,
      ...options,
      onEvent(event) {
        const { kind } = event
        if (kind === 'step-done' && event.step.gpuIndex === 1) machine.loseGpu(1)
      },
    }),
  )
}

test('with atomic none, the error says that nothing was undone, and which GPU cannot be read', async () => {
  const { message, report } = await loseSecond({ atomic: 'none' })
  expect(message).toMatch(/nothing was undone, and GPU 1 cannot be read any more$/)
  expect(message).not.toMatch(/could be undone/)
  expect(report?.outcome).toBe('failed')
  expect(report?.gpus.map(({ outcome }) => outcome)).toEqual(['applied', 'failed'])
  const statuses = report?.gpus.flatMap(({ steps }) => steps.map(({ status }) => status))
  expect(statuses).not.toContain('undone')
  expect(statuses).not.toContain('undo-failed')
})

test('with atomic none, no later call undoes a GPU that could not be read', async () => {
  const folder = fakeRoot()
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { store: `${folder}/machine` })
  const { library } = machine
  await rejectionOf(
    applyMigConfig(configure({ '3g.20gb': 2 }), {
      library,
      atomic: 'none',
      onEvent: ({ kind }) => void (kind === 'step-done' && machine.loseGpu(0)),
    }),
  )
  expect(readdirSync(folder).filter((name) => name.endsWith('.journal'))).toEqual([])
  expect((await recoverMig({ library })).recovered).toEqual([])
})

test('an aborted apply with atomic none says that nothing was undone, and which GPU cannot be read', async () => {
  const stopping = new AbortController()
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { code, message } = await rejectionOf(
    applyMigConfig(configure({ '3g.20gb': 2 }), {
      library: machine.library,
      atomic: 'none',
      signal: stopping.signal,
      onEvent({ kind }) {
        if (kind !== 'step-done') return
        machine.loseGpu(0)
        stopping.abort()
      },
    }),
  )
  expect(code).toBe('ABORT_ERR')
  expect(message).toMatch(/nothing was undone, and GPU 0 cannot be read any more$/)
})

test('with atomic machine, the error says that not everything could be undone', async () => {
  const { message, report } = await loseSecond({ atomic: 'machine' })
  expect(message).toMatch(/not everything could be undone, and GPU 1 cannot be read any more$/)
  expect(report?.gpus.map(({ outcome }) => outcome)).toEqual(['undone', 'failed'])
})
