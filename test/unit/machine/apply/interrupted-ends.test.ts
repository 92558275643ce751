// Which way an interrupted apply ends: forward where it had finished, back where it had not.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { applyMigConfig, recoverMig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import type { LibraryRef } from '../../../../types/machine/options.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { configure } from '../../../support/configure.js'
import { rejectionOf } from '../../../support/errors.js'
import { InterruptedApply } from '../../../support/interrupted.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices } from '../../../support/wanted.js'

const seven = { '1g.5gb': 7 }
const halves = { '3g.20gb': 2 }

const devicesOf = async (library: LibraryRef): Promise<Record<string, number>[]> =>
  (await readMigState({ library })).gpus.map(countDevices)

test('the undo of an apply to a GPU that an interrupted one has left leads to the state before both', async () => {
  using left = await InterruptedApply.create()
  const { library, machine } = left
  const [, half] = await devicesOf(library)
  expect(half).not.toEqual(seven)
  let isFailing = false
  const onEvent = ({ kind }: ApplyEvent): void => {
    // By then the other GPU has been brought back.
    if (kind !== 'step-started' || isFailing) return
    isFailing = true
    machine.fail({ fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', error: 'NVML_ERROR_UNKNOWN' })
  }
  const error = await rejectionOf(
    applyMigConfig(configure(undefined, { '4g.20gb': 1 }), { library, onEvent }),
  )
  expect(error.report?.gpus).toMatchObject([{ gpuIndex: 1, outcome: 'undone' }])
  expect(await devicesOf(library)).toEqual([seven, seven])
  expect(left.listJournals()).toEqual([])
})

describe('journals of an apply that had finished', () => {
  let folder = ''
  let machine: SimulatedMachine
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mig-nvml-finished-'))
    machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', { store: join(folder, 'machine') })
  })
  afterEach(() => {
    machine.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const listJournals = (): string[] =>
    readdirSync(folder).filter((name) => name.endsWith('.journal'))

  /** Applies, and puts the journals back that the apply has removed at its end, as if it had been killed before. */
  async function applyAndKeepJournals(): Promise<readonly string[]> {
    const { library } = machine
    await applyMigConfig(configure(seven, seven), { library })
    const kept = new Map<string, string>()
    await applyMigConfig(configure(halves, halves), {
      library,
      onEvent: ({ kind }) => {
        if (kind !== 'step-started') return
        for (const name of listJournals()) kept.set(name, readFileSync(join(folder, name), 'utf8'))
      },
    })
    expect(listJournals()).toEqual([])
    for (const [name, text] of kept) writeFileSync(join(folder, name), text, { mode: 0o600 })
    expect(kept.size).toBe(2)
    return [...kept.keys()].sort()
  }

  test('what an apply had brought about on all its GPUs stays, though its journals are still there', async () => {
    await applyAndKeepJournals()
    const { library } = machine
    const { recovered } = await recoverMig({ library })
    expect(recovered).toMatchObject([
      { outcome: 'finished', reason: null },
      { outcome: 'finished', reason: null },
    ])
    expect(await devicesOf(library)).toEqual([halves, halves])
    expect(listJournals()).toEqual([])
  })

  test('an apply to another GPU leaves what the finished one had brought about', async () => {
    await applyAndKeepJournals()
    const { library } = machine
    const report = await applyMigConfig(configure(undefined, { '2g.10gb': 1 }), { library })
    expect(report.recovered.map(({ gpuIndex, outcome }) => [gpuIndex, outcome]).sort()).toEqual([
      [0, 'finished'],
      [1, 'superseded'],
    ])
    expect(await devicesOf(library)).toEqual([halves, { '2g.10gb': 1 }])
  })

  test('a GPU whose journal is left while the other was verified stays as it is', async () => {
    const [, second = ''] = await applyAndKeepJournals()
    rmSync(join(folder, second))
    const { library } = machine
    const { recovered } = await recoverMig({ library })
    expect(recovered.map(({ outcome }) => outcome)).toEqual(['finished'])
    expect(await devicesOf(library)).toEqual([halves, halves])
  })

  test('a GPU that is as wanted goes back with one that is as before, if both belong to one apply', async () => {
    await applyAndKeepJournals()
    const { library } = machine
    // The second GPU is as if the apply had not come to it.
    const saved = listJournals().map(
      (name) => [name, readFileSync(join(folder, name), 'utf8')] as const,
    )
    for (const [name] of saved) rmSync(join(folder, name))
    await applyMigConfig(configure(undefined, seven), { library })
    for (const [name, text] of saved) writeFileSync(join(folder, name), text, { mode: 0o600 })
    expect(await devicesOf(library)).toEqual([halves, seven])
    const { recovered } = await recoverMig({ library })
    expect(recovered.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['undone', null],
      ['undone', null],
    ])
    expect(await devicesOf(library)).toEqual([seven, seven])
    expect(listJournals()).toEqual([])
  })

  test.each([0, 1])(
    'an apply whose journal %i is removed meanwhile succeeds, and removes the other',
    async (which) => {
      const { library } = machine
      const report = await applyMigConfig(configure(seven, seven), {
        library,
        onEvent: ({ kind }) => {
          const journals = listJournals().sort()
          if (kind === 'step-started' && journals.length === 2)
            rmSync(join(folder, journals[which] ?? ''))
        },
      })
      expect(report.outcome).toBe('applied')
      expect(listJournals()).toEqual([])
      expect(await devicesOf(library)).toEqual([seven, seven])
    },
  )
})
