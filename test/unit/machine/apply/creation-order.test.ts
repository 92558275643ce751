import { expect, test } from 'vitest'
import { type DriverSession, openSession } from '../../../../lib/driver/session.js'
import { applyMigConfig } from '../../../../lib/index.js'
import { instanceIdsOf, runStep } from '../../../../lib/machine/operation/run-step.js'
import { planGpu } from '../../../../lib/plan/gpu/plan-gpu.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { findCreationOrder, listLayouts, partitionOf } from '../../../../lib/solver.js'
import type { GpuState } from '../../../../types/model/state.js'
import type { Layout, Partition } from '../../../../types/solver/layout.js'
import { wantedOf } from '../../../support/planning.js'
import { wantOnAll } from '../../../support/wanted.js'

interface Placed {
  readonly profileId: number
  readonly placement: Layout[number]['placement']
}

function asLayout(instances: readonly Placed[]): Layout {
  return instances.map(({ profileId, placement }) => ({
    profileId,
    placement,
    computeInstances: [],
  }))
}

async function readGpu(session: DriverSession): Promise<GpuState> {
  const gpu = (await session.readListedState()).gpus[0]
  if (gpu === undefined) throw new Error('no GPU')
  return gpu
}

/** Brings the GPU there. Returns how many GPU instances the plan creates, and whether it has a reliable order. */
async function goTo(
  session: DriverSession,
  wanted: Partition,
): Promise<{ readonly planned: number; readonly sure: boolean }> {
  const gpu = await readGpu(session)
  const result = planGpu(wantedOf(gpu, { wanted }))
  if (result.kind !== 'plan' || gpu.geometry === null) throw new Error('it fits')
  const { steps } = result.plan
  const created = steps.flatMap((step) => (step.kind === 'create-gpu-instance' ? [step] : []))
  const gone = steps.flatMap((step) =>
    step.kind === 'destroy-gpu-instance' ? [step.gpuInstanceId] : [],
  )
  const staying = gpu.gpuInstances.filter(({ id }) => !gone.includes(id))
  const found = findCreationOrder(gpu.geometry, asLayout(created), asLayout(staying))
  const ids = instanceIdsOf(gpu)
  for (const step of steps) await runStep(session, step, ids)
  return { planned: created.length, sure: found.kind === 'order' }
}

// R450 chooses the placements itself. If there is an order in which it chooses right, no instance is created in vain.
test('on a driver without placed creation, a plan creates each GPU instance once', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { driver: '450.80.02' })
  const session = await openSession({ library: machine.library })
  const { geometry } = await readGpu(session)
  if (geometry === null) throw new Error('no geometry')
  const [three, four] = ['3g.20gb', '4g.20gb'].map(
    (name) => geometry.profiles.find((profile) => profile.name === name)?.id ?? -1,
  )
  let sure = 0
  let unsure = 0
  for (const layout of listLayouts(geometry)) {
    const ids = layout.map(({ profileId }) => profileId)
    // Before R510 the driver refused a 4g beside a 3g.
    if (ids.includes(three ?? -1) && ids.includes(four ?? -1)) continue
    machine.resetCallCounts()
    const went = await goTo(session, partitionOf(layout))
    const calls = machine.callCounts().byFunction['nvmlDeviceCreateGpuInstance'] ?? 0
    if (went.sure) {
      expect(calls).toBe(went.planned)
      sure += went.planned
    } else {
      expect(calls).toBeGreaterThan(went.planned)
      unsure += 1
    }
  }
  expect(sure).toBeGreaterThan(unsure)
  await session.close()
})

// MIG User Guide, A100: -cgi 9,3g.20gb made id 2 at 0:4 first, then id 1 at 4:4. No other board is known that
// fills its lower half first, so the order of creation ignores such boards.
test.each(['450.80.02', '455.45.01', 'R580'])(
  'with driver %s, an apply succeeds on a board that fills its lower half first',
  async (driver) => {
    const mixes = [
      { '3g.20gb': 2 },
      { '3g.20gb': 1 },
      { '3g.20gb': 1, '1g.5gb': 2 },
      { '3g.20gb': 1, '2g.10gb': 1, '1g.5gb': 2 },
      { '4g.20gb': 1, '2g.10gb': 1 },
    ]
    for (const mix of mixes) {
      using machine = createSimulatedMachine('A100-SXM4-40GB +swapped +lower-half +mig', { driver })
      const { outcome } = await applyMigConfig(wantOnAll(mix), { library: machine.library })
      expect([mix, outcome]).toEqual([mix, 'applied'])
    }
  },
)
