import { describe, expect, test } from 'vitest'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigConfigDocument } from '../../../../types/config/config.js'
import type { HookContext, HookPoint, HooksDocument } from '../../../../types/machine/hooks.js'
import type { ApplyOptions } from '../../../../types/machine/options.js'
import { wantOnAll } from '../../../support/wanted.js'

const off: MigConfigDocument = {
  version: 'v1',
  'mig-configs': { off: [{ devices: 'all', 'mig-enabled': false }] },
}

/** A function at every hook point; each records that it ran. */
function recorder(
  ran: HookPoint[],
  alsoDo: (context: HookContext) => void = () => {},
): HooksDocument {
  const record = (context: HookContext): void => {
    ran.push(context.point)
    alsoDo(context)
  }
  return {
    hooks: {
      'apply-exit': [record],
      'pre-apply-config': [record],
      'pre-apply-mode': [record],
      'apply-start': [record],
    },
  }
}

async function pointsOf(
  spec: string,
  steps: readonly (readonly [MigConfigDocument, ApplyOptions?])[],
): Promise<readonly HookPoint[]> {
  using machine = createSimulatedMachine(spec)
  const ran: HookPoint[] = []
  for (const [config, options] of steps) {
    ran.length = 0
    await applyMigConfig(config, { library: machine.library, hooks: recorder(ran), ...options })
  }
  return ran
}

describe('the order of hook points', () => {
  test('hooks run in order when the mode and instances change', async () => {
    expect(await pointsOf('H100-80GB-SXM', [[wantOnAll({ '1g.10gb': 2 })]])).toEqual([
      'apply-start',
      'pre-apply-mode',
      'pre-apply-config',
      'apply-exit',
    ])
  })

  test('pre-apply-mode hooks do not run when only instances change', async () => {
    expect(await pointsOf('A100-SXM4-40GB +mig', [[wantOnAll({ '1g.5gb': 2 })]])).toEqual([
      'apply-start',
      'pre-apply-config',
      'apply-exit',
    ])
  })

  test('pre-apply-config hooks do not run when only the mode changes, even if instances go with it', async () => {
    expect(await pointsOf('H100-80GB-SXM', [[wantOnAll({})]])).toEqual([
      'apply-start',
      'pre-apply-mode',
      'apply-exit',
    ])
    expect(await pointsOf('H100-80GB-SXM', [[wantOnAll({ '1g.10gb': 2 })], [off]])).toEqual([
      'apply-start',
      'pre-apply-mode',
      'apply-exit',
    ])
  })

  test('pre-apply-config hooks do not run with modeOnly', async () => {
    const onlyMode = { modeOnly: true }
    expect(await pointsOf('H100-80GB-SXM', [[wantOnAll({ '1g.10gb': 2 }), onlyMode]])).toEqual([
      'apply-start',
      'pre-apply-mode',
      'apply-exit',
    ])
  })

  test('only apply-start and apply-exit hooks run when there is nothing to do', async () => {
    const config = wantOnAll({ '1g.5gb': 2 })
    expect(await pointsOf('A100-SXM4-40GB +mig', [[config], [config]])).toEqual([
      'apply-start',
      'apply-exit',
    ])
  })

  test('a dry run runs no hook', async () => {
    const dry = { dryRun: true }
    expect(await pointsOf('A100-SXM4-40GB +mig', [[wantOnAll({ '1g.5gb': 2 }), dry]])).toEqual([])
  })
})

test('hooks that are functions get the plan, and at the end the report', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const seen: HookContext[] = []
  const hooks = recorder([], (context) => seen.push(context))
  const report = await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), {
    library: machine.library,
    hooks,
  })
  const [start, config, exit] = seen
  expect(start).toMatchObject({ config: 'wanted', state: null, plan: null, report: null })
  expect(config?.plan?.gpus[0]?.steps).toHaveLength(4)
  expect(config?.state?.gpus).toHaveLength(1)
  // No step has run by then.
  expect(machine.callCounts().changing).toBe(4)
  expect(exit).toMatchObject({ error: null, report: { outcome: 'applied' } })
  expect(exit?.report).toBe(report)
})

test('a hook that stops a blocking process makes the apply possible', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library })
  machine.addProcess({ pid: 4711, gpu: 0, gpuInstanceId: 0, computeInstanceId: 0 })
  const config = wantOnAll({ '1g.5gb': 7 })
  await expect(applyMigConfig(config, { library })).rejects.toMatchObject({ code: 'MIG_IN_USE' })
  const hooks = { hooks: { 'pre-apply-config': [() => machine.removeProcess(4711)] } }
  expect(await applyMigConfig(config, { library, hooks })).toMatchObject({ outcome: 'applied' })
})

test('hooks of points that are not reached cost no driver call', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  const config = wantOnAll({ '1g.5gb': 7 })
  const count = async (options: ApplyOptions): Promise<number> => {
    machine.resetCallCounts()
    await applyMigConfig(config, { library, ...options })
    return machine.callCounts().total
  }
  await count({})
  const without = await count({})
  expect(await count({ hooks: { hooks: { 'apply-exit': [() => {}] } } })).toBe(without)
})
