// How other processes, other GPUs and a reboot affect what an interrupted apply has left.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tryLockGpu } from '../../../../lib/driver/lock/machine-lock.js'
import { type DriverSession, openSession } from '../../../../lib/driver/session.js'
import { applyMigConfig, recoverMig } from '../../../../lib/index.js'
import { type Baselines, findBaselines } from '../../../../lib/machine/journal/baselines.js'
import { createControl } from '../../../../lib/machine/operation/control.js'
import type { ApplyLock } from '../../../../lib/machine/operation/lock-scope.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigPlan } from '../../../../types/machine/plan.js'
import type { ListedMigState } from '../../../../types/model/state.js'
import { configure } from '../../../support/configure.js'
import { rejectionOf } from '../../../support/errors.js'
import { InterruptedApply } from '../../../support/interrupted.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices } from '../../../support/wanted.js'

const seven = { '1g.5gb': 7 }
/** The lock of an apply that names none of the GPUs. */
const noGpu: ApplyLock = { scope: [], release: () => {}, widen: async () => {} }

function planNothing(session: DriverSession, state: ListedMigState): Promise<Baselines> {
  const plan: MigPlan = { config: 'none', gpus: [], warnings: [] }
  return findBaselines({ session, control: createControl({}) }, noGpu, { state, plan })
}

/** The state before another process divided the GPUs, began to divide them again, and died. */
async function readLongBefore({ library }: InterruptedApply): Promise<ListedMigState> {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const whole = { '7g.40gb': 1 }
  await applyMigConfig(configure(whole, whole), { library: machine.library })
  const then = await readMigState({ library: machine.library })
  const now = await readMigState({ library })
  return {
    ...now,
    gpus: now.gpus.map((gpu, i) => ({ ...gpu, gpuInstances: then.gpus[i]?.gpuInstances ?? [] })),
  }
}

describe('interrupted GPUs that an apply does not name', () => {
  test('interrupted GPUs outside the plan are judged by their state after they are locked', async () => {
    using left = await InterruptedApply.create()
    await using session = await openSession({ library: left.library })
    const stale = await readLongBefore(left)
    const found = await planNothing(session, stale)
    found.release()
    expect((await readMigState({ library: left.library })).gpus.map(countDevices)).toEqual([
      seven,
      seven,
    ])
    expect(left.listJournals()).toEqual([])
  })

  test('interrupted GPUs outside the plan are unlocked when they cannot be read', async () => {
    using left = await InterruptedApply.create()
    await using session = await openSession({ library: left.library })
    const state = await session.readListedState()
    left.machine.fail({ fn: 'nvmlDeviceGetMigMode', error: 'NVML_ERROR_UNKNOWN' })
    const looking = planNothing(session, state)
    await expect(looking).rejects.toMatchObject({ code: 'NVML_ERROR_UNKNOWN' })
    for (const { uuid } of state.gpus) {
      const lock = tryLockGpu(session.lockFile, uuid)
      expect(lock).not.toBeNull()
      lock?.release()
    }
  })
})

test('a GPU is undone even if the driver fails for another GPU', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(configure(seven), { library })
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth: 2,
    error: 'NVML_ERROR_INSUFFICIENT_RESOURCES',
  })
  const error = await rejectionOf(
    applyMigConfig(configure({ '2g.10gb': 3 }), {
      library,
      onEvent({ kind }) {
        if (kind !== 'step-failed') return
        // Each read of the machine reads the first GPU, then the second.
        for (const nth of [2, 4, 6, 8])
          machine.fail({ fn: 'nvmlDeviceGetMigMode', nth, error: 'NVML_ERROR_UNKNOWN' })
      },
    }),
  )
  machine.clearFaults()
  expect(error.report).toMatchObject({ outcome: 'undone', gpus: [{ outcome: 'undone' }] })
  expect(error.message).toMatch(/as before$/)
  expect((await readMigState({ library })).gpus.map(countDevices)).toEqual([seven, {}])
})

describe('the journal of a GPU that is not in the machine any more', () => {
  const foreign = 'GPU-00000000-1111-2222-3333-444444444444'

  function moveTo(left: InterruptedApply, bootId: (own: unknown) => unknown): void {
    const [name = '', second = ''] = left.listJournals()
    const journal = JSON.parse(readFileSync(join(left.folder, name), 'utf8'))
    const moved = { ...journal, gpu: foreign, bootId: bootId(journal.bootId) }
    writeFileSync(join(left.folder, name), JSON.stringify(moved))
    renameSync(join(left.folder, name), join(left.folder, name.replace(journal.gpu, foreign)))
    // The journal of the other GPU must not take part.
    renameSync(join(left.folder, second), join(left.folder, 'elsewhere'))
  }

  test('the journal of a missing GPU stays until a reboot, because the GPU may come back', async () => {
    using left = await InterruptedApply.create()
    moveTo(left, (own) => own)
    const { recovered } = await recoverMig({ library: left.library })
    expect(recovered).toMatchObject([{ gpu: foreign, gpuIndex: null, outcome: 'kept' }])
    expect(left.listJournals()).toHaveLength(1)
  })

  test('the journal of a missing GPU is removed after a reboot, which ends all instances', async () => {
    using left = await InterruptedApply.create()
    moveTo(left, () => 'another boot')
    const { recovered } = await recoverMig({ library: left.library })
    expect(recovered).toMatchObject([{ gpu: foreign, outcome: 'obsolete' }])
    expect(recovered[0]?.reason).toMatch(/the machine has been rebooted, and the GPU is gone/)
    expect(left.listJournals()).toEqual([])
  })
})
