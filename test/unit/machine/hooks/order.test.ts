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

/** A function at every point, all of which write down that they ran. */
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

describe('which points there are, in this order', () => {
  test('mode and instances', async () => {
    expect(await pointsOf('H100-80GB-SXM', [[wantOnAll({ '1g.10gb': 2 })]])).toEqual([
      'apply-start',
      'pre-apply-mode',
      'pre-apply-config',
      'apply-exit',
    ])
  })

  test('instances alone', async () => {
    expect(await pointsOf('A100-SXM4-40GB +mig', [[wantOnAll({ '1g.5gb': 2 })]])).toEqual([
      'apply-start',
      'pre-apply-config',
      'apply-exit',
    ])
  })

  test('the mode alone, also where instances go with it', async () => {
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

  test('mode-only', async () => {
    const onlyMode = { modeOnly: true }
    expect(await pointsOf('H100-80GB-SXM', [[wantOnAll({ '1g.10gb': 2 }), onlyMode]])).toEqual([
      'apply-start',
      'pre-apply-mode',
      'apply-exit',
    ])
  })

  test('nothing to do', async () => {
    const config = wantOnAll({ '1g.5gb': 2 })
    expect(await pointsOf('A100-SXM4-40GB +mig', [[config], [config]])).toEqual([
      'apply-start',
      'apply-exit',
    ])
  })

  test('none in a dry run', async () => {
    const dry = { dryRun: true }
    expect(await pointsOf('A100-SXM4-40GB +mig', [[wantOnAll({ '1g.5gb': 2 }), dry]])).toEqual([])
  })
})

test('functions get to know what is planned, and in the end what was done', async () => {
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
  // Nothing has been done by then.
  expect(machine.callCounts().changing).toBe(4)
  expect(exit).toMatchObject({ error: null, report: { outcome: 'applied' } })
  expect(exit?.report).toBe(report)
})

test('a hook that stops who is in the way makes room', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library })
  machine.addProcess({ pid: 4711, gpu: 0, gpuInstanceId: 0, computeInstanceId: 0 })
  const config = wantOnAll({ '1g.5gb': 7 })
  await expect(applyMigConfig(config, { library })).rejects.toMatchObject({ code: 'MIG_IN_USE' })
  const hooks = { hooks: { 'pre-apply-config': [() => machine.removeProcess(4711)] } }
  expect(await applyMigConfig(config, { library, hooks })).toMatchObject({ outcome: 'applied' })
})

test('hooks that have no work cost no call', async () => {
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
