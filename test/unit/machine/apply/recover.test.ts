import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openSession } from '../../../../lib/driver/session.js'
import { applyMigConfig, recoverMig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import type { LibraryRef } from '../../../../types/machine/options.js'
import { configure } from '../../../support/configure.js'
import { InterruptedApply } from '../../../support/interrupted.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices, placesOf } from '../../../support/wanted.js'

const seven = { '1g.5gb': 7 }

const devicesOf = async (library: LibraryRef): Promise<Record<string, number>[]> =>
  (await readMigState({ library })).gpus.map(countDevices)

test('changes that could not be undone are undone by the next call', async () => {
  using left = await InterruptedApply.create()
  const { library } = left
  expect(await devicesOf(library)).not.toEqual([seven, seven])
  expect(left.listJournals()).toHaveLength(2)
  const { recovered, after } = await recoverMig({ library })
  expect(recovered.map(({ outcome, config }) => [outcome, config])).toEqual([
    ['undone', 'wanted'],
    ['undone', 'wanted'],
  ])
  for (const gpu of recovered) {
    expect(gpu.by).toMatch(new RegExp(`^${process.pid} `))
    expect(gpu.left.join()).toMatch(/missing: 1g\.5gb/)
  }
  expect(after?.gpus.map(countDevices)).toEqual([seven, seven])
  expect(left.listJournals()).toEqual([])
  expect(await recoverMig({ library })).toEqual({ recovered: [], clients: [], after: null })
})

test('recoverMig does not open the driver if no journal is left', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  expect(await recoverMig({ library: machine.library })).toEqual({
    recovered: [],
    clients: [],
    after: null,
  })
  expect(machine.callCounts().total).toBe(0)
})

test('an apply reports a recovery to its listener and in its report', async () => {
  using left = await InterruptedApply.create()
  const { library } = left
  const events: ApplyEvent[] = []
  const report = await applyMigConfig(configure({ '2g.10gb': 3 }), {
    library,
    onEvent: (event) => events.push(event),
  })
  expect(report.recovered.map(({ gpuIndex, outcome }) => [gpuIndex, outcome]).sort()).toEqual([
    [0, 'superseded'],
    [1, 'undone'],
  ])
  expect(events.filter(({ kind }) => kind === 'recovering')).toHaveLength(2)
  const told = events.flatMap((event) => (event.kind === 'recovered' ? [event.recovered] : []))
  expect(told).toEqual(report.recovered)
  expect(await devicesOf(library)).toEqual([{ '2g.10gb': 3 }, seven])
  expect(left.listJournals()).toEqual([])
})

test('a plan and a dry run recover nothing', async () => {
  using left = await InterruptedApply.create()
  const { library } = left
  const before = await devicesOf(library)
  await applyMigConfig(left.target, { library, dryRun: true })
  expect(await devicesOf(library)).toEqual(before)
  expect(left.listJournals()).toHaveLength(2)
})

describe('a GPU that recovery leaves alone', () => {
  test('recovery leaves a GPU alone and keeps its journal if a process would lose its device', async () => {
    using left = await InterruptedApply.create()
    const { library, machine } = left
    const surplus = (await readMigState({ library })).gpus.flatMap((gpu) =>
      gpu.gpuInstances
        .filter(({ profileName }) => profileName !== '1g.5gb')
        .map(({ id }) => ({ gpu: gpu.index, gpuInstanceId: id })),
    )
    const [device] = surplus
    if (device === undefined) throw new Error('nothing was made')
    machine.addProcess({ pid: 4711, name: 'trainer', ...device, computeInstanceId: 0 })
    const before = await readMigState({ library })
    const { recovered } = await recoverMig({ library })
    const kept = recovered.find(({ gpuIndex }) => gpuIndex === device.gpu)
    expect(kept?.outcome).toBe('kept')
    expect(kept?.reason).toMatch(/trainer.*4711/)
    const now = await readMigState({ library })
    const places = (state: typeof now): unknown =>
      state.gpus.slice(device.gpu, device.gpu + 1).map(placesOf)
    expect(places(now)).toEqual(places(before))
    expect(left.listJournals()).toHaveLength(1)
    machine.removeProcess(4711)
    expect((await recoverMig({ library })).recovered[0]?.outcome).toBe('undone')
  })

  test('recovery keeps the journal of a lost GPU, and applies to other GPUs still work', async () => {
    using left = await InterruptedApply.create()
    const { library, machine } = left
    machine.loseGpu(1)
    const report = await applyMigConfig(configure({ '2g.10gb': 3 }), { library })
    expect(report.outcome).toBe('applied')
    expect(report.recovered.find(({ outcome }) => outcome === 'kept')?.reason).toMatch(
      /off the bus/,
    )
    expect(left.listJournals()).toHaveLength(1)
  })
})

describe('journals of which nothing is left to undo', () => {
  test('recovery undoes nothing after a reboot', async () => {
    using left = await InterruptedApply.create()
    const { library, machine } = left
    machine.reboot()
    left.rewrite((journal) => ({ ...journal, bootId: 'an earlier one' }))
    const { recovered } = await recoverMig({ library })
    expect(recovered.map(({ outcome }) => outcome)).toEqual(['obsolete', 'obsolete'])
    expect(recovered[0]?.reason).toMatch(/rebooted/)
    expect(await devicesOf(library)).toEqual([{}, {}])
    expect(left.listJournals()).toEqual([])
  })

  test('recovery undoes nothing on a GPU that another program has changed since', async () => {
    using left = await InterruptedApply.create()
    const { library } = left
    await using session = await openSession({ library })
    for (const gpu of (await session.readListedState()).gpus) {
      for (const { id, computeInstances } of gpu.gpuInstances) {
        for (const part of computeInstances)
          await session.destroyComputeInstance(gpu.uuid, id, part.id)
        await session.destroyGpuInstance(gpu.uuid, id)
      }
      await session.createGpuInstance(gpu.uuid, 5, null)
    }
    const { recovered } = await recoverMig({ library })
    expect(recovered.map(({ outcome }) => outcome)).toEqual(['obsolete', 'obsolete'])
    const names = (await readMigState({ library })).gpus.map((gpu) =>
      gpu.gpuInstances.map(({ profileName }) => profileName),
    )
    expect(names).toEqual([['4g.20gb'], ['4g.20gb']])
  })
})

test('files beside the lock that are not journals are ignored', async () => {
  using left = await InterruptedApply.create()
  await recoverMig({ library: left.library })
  expect(readdirSync(left.folder).filter((name) => name.includes('journal'))).toEqual([])
})
