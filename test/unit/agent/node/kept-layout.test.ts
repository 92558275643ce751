import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  checkpointFile,
  forgetLayouts,
  keepLayout,
  readKept,
} from '../../../../lib/agent/node/checkpoint.js'
import type { NodeAgentOptions } from '../../../../lib/agent/node/context.js'
import { applyMigConfig } from '../../../../lib/index.js'
import { noRecord } from '../../../../lib/kubernetes/agent/record.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { AgentRecord } from '../../../../types/kubernetes/agent.js'
import { divide } from '../../../support/machine-root.js'
import { readMigState } from '../../../support/read-state.js'

const runAt = (runSince: string): AgentRecord => ({ ...noRecord, runSince })
const first = runAt('2026-11-29T00:00:00.000Z')

function createWorld() {
  const machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const parent = mkdtempSync(join(tmpdir(), 'mig-nvml-kept-'))
  onTestFinished(() => {
    machine.close()
    rmSync(parent, { recursive: true, force: true })
  })
  const options = { stateFolder: join(parent, 'state') } as NodeAgentOptions
  const uuids = machine.describe().gpus.map(({ uuid }) => uuid)
  const keep = async (record: AgentRecord, ...gpus: readonly number[]): Promise<void> => {
    const changing = new Set(gpus.flatMap((gpu) => uuids[gpu] ?? []))
    await keepLayout(options, record, await readMigState({ library: machine.library }), changing)
  }
  /** The names of the instances that are kept, by the index of the GPU. */
  const kept = (record: AgentRecord): Readonly<Record<number, readonly string[]>> => {
    const checkpoint = readKept(checkpointFile(options, record))
    return Object.fromEntries(
      (checkpoint?.gpus ?? []).map(({ uuid, gpuInstances }) => [
        uuids.indexOf(uuid),
        gpuInstances.map(({ profileName }) => profileName),
      ]),
    )
  }
  return { machine, options, keep, kept }
}

test('the layout before a run is that of the GPUs which it changes, as they were before its first change', async () => {
  const { machine, options, keep, kept } = createWorld()
  await divide(machine, { 0: { '3g.20gb': 2 }, 1: { '7g.40gb': 1 } })
  expect(kept(first)).toEqual({})
  await keep(first, 0)
  expect(kept(first)).toEqual({ 0: ['3g.20gb', '3g.20gb'] })
  await divide(machine, { 0: { '2g.10gb': 3 } })
  // The run changes the second GPU as well now; the first one has changed since, by the run itself.
  await keep(first, 0, 1)
  expect(kept(first)).toEqual({ 0: ['3g.20gb', '3g.20gb'], 1: ['7g.40gb'] })
  expect(statSync(options.stateFolder).mode & 0o777).toBe(0o700)
})

test('a run that changes nothing keeps nothing', async () => {
  const { options, keep } = createWorld()
  await keep(first)
  expect(existsSync(options.stateFolder)).toBe(false)
})

test('a lost GPU that the run does not change keeps nothing from being kept', async () => {
  const { machine, keep, kept } = createWorld()
  await applyMigConfig({ gpu: 'all', migDevices: { '7g.40gb': 1 } }, { library: machine.library })
  machine.loseGpu(1)
  await keep(first, 0)
  expect(kept(first)).toEqual({ 0: ['7g.40gb'] })
})

test('each run has a file of its own, and all are removed when none is under way; other files stay', async () => {
  const { machine, options, keep, kept } = createWorld()
  await divide(machine, { 0: { '3g.20gb': 1 } })
  await keep(first, 0)
  const second = runAt('2026-11-29T01:00:00.000Z')
  expect(kept(second)).toEqual({})
  await keep(second, 0)
  const others = ['agent.lock', 'before-.json', 'a-before-run.json', 'before-run.json.bak']
  for (const name of others) writeFileSync(join(options.stateFolder, name), '')
  expect(readdirSync(options.stateFolder)).toHaveLength(2 + others.length)
  await forgetLayouts(options)
  expect(readdirSync(options.stateFolder).sort()).toEqual(others.toSorted())
  await forgetLayouts({ ...options, stateFolder: join(options.stateFolder, 'missing') })
})
