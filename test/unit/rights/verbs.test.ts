// What each function does without mig/config. "Not visible" must never count as "not there".
import { describe, expect, test } from 'vitest'
import { openSession } from '../../../lib/driver/session.js'
import {
  applyMigConfig,
  assertMigConfig,
  checkpointMig,
  exportMigConfig,
  generateMigConfig,
  planMigConfig,
  readMigState,
  recoverMig,
  renderMachine,
  renderMachineSvg,
  restoreMig,
  watchMigState,
  withMigConfig,
} from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { MigConfigEntry } from '../../../types/config/config.js'
import { rejectionOf } from '../../support/errors.js'
import { InterruptedApply } from '../../support/interrupted.js'
import { createDevices } from '../../support/layouts.js'
import { wantOnAll } from '../../support/wanted.js'
import { changesUntil, nextOf } from '../../support/watching.js'
import { divideMachine } from './divided-machine.js'

const refusal = { code: 'MIG_NO_PERMISSION', hint: expect.stringMatching(/mig\/config.*cap1/s) }

const wantOn = (devices: Readonly<Record<string, number>>, ...gpus: readonly number[]) => ({
  version: 'v1' as const,
  'mig-configs': {
    wanted: [{ devices: gpus, 'mig-enabled': true, 'mig-devices': devices } as MigConfigEntry],
  },
})

describe('functions that change the machine or need placements', () => {
  test('without mig/config, plan, apply, checkpoint, restore and hold reject before anything changes', async () => {
    using machine = await divideMachine()
    const { library } = machine
    const checkpoint = await checkpointMig({ library })
    machine.setPrivileges('monitor')
    const { length } = machine.journal()
    const same = wantOn({ '1g.5gb': 7 }, 0)
    const errors = await Promise.all(
      [
        planMigConfig(same, { library }),
        applyMigConfig(same, { library }),
        applyMigConfig(same, { library, dryRun: true }),
        checkpointMig({ library }),
        restoreMig(checkpoint, { library }),
        withMigConfig(same, () => {}, { library }),
        exportMigConfig({ library, placements: true }),
      ].map(rejectionOf),
    )
    for (const error of errors) expect(error).toMatchObject(refusal)
    expect(machine.journal()).toHaveLength(length)
  })

  test('without mig/config, an apply to an empty GPU names the permission that its first step lacks', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { privileges: 'monitor' })
    const { library } = machine
    const error = await rejectionOf(applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library }))
    expect(error).toMatchObject({ code: 'MIG_STEP_FAILED', hint: refusal.hint })
  })

  test('a change of the MIG mode needs root, and mig/config is not enough', async () => {
    using machine = createSimulatedMachine('H100 80GB HBM3', { privileges: 'config' })
    const { library } = machine
    const error = await rejectionOf(applyMigConfig(wantOnAll({}), { library }))
    expect(error.hint).toMatch(/root.*CAP_SYS_ADMIN/)
  })

  const turnOff = {
    version: 'v1' as const,
    'mig-configs': { off: [{ devices: 'all' as const, 'mig-enabled': false }] },
  }

  test.each([
    ['monitor', 'GPU 0, 1'],
    ['none', 'GPU 0-2'],
  ] as const)(
    'with the privileges "%s", a plan and an apply of MIG modes that are as wanted have nothing to do, and name the GPUs that they leave out: %s',
    async (privileges, left) => {
      using machine = await divideMachine()
      machine.setPrivileges(privileges)
      const options = { library: machine.library, modeOnly: true }
      const wanted = wantOnAll({ '3g.20gb': 2 })
      const plan = await planMigConfig(wanted, options)
      expect(plan.gpus.flatMap(({ steps }) => steps)).toEqual([])
      expect(plan.warnings).toEqual([
        expect.stringMatching(`^${left}: the MIG mode is as wanted; `),
      ])
      expect(await applyMigConfig(wanted, options)).toMatchObject({ outcome: 'unchanged' })
    },
  )

  test.each(['monitor', 'none'] as const)(
    'with the privileges "%s", a plan and an apply that would change a MIG mode are refused before any change, and name what it takes',
    async (privileges) => {
      using machine = await divideMachine()
      machine.setPrivileges(privileges)
      const { length } = machine.journal()
      const options = { library: machine.library, modeOnly: true }
      for (const verb of [planMigConfig, applyMigConfig]) {
        const error = await rejectionOf(verb(turnOff, options))
        expect(error).toMatchObject({ code: 'MIG_NO_PERMISSION' })
        expect(error.message).toMatch(/^GPU 0: MIG is on; wanted off; /)
        expect(error.hint).toMatch(/root.*CAP_SYS_ADMIN/)
      }
      expect(machine.journal()).toHaveLength(length)
    },
  )

  test('with mig/config, plan, apply, checkpoint, restore and hold are permitted', async () => {
    using machine = await divideMachine()
    machine.setPrivileges('config')
    const { library } = machine
    expect((await planMigConfig(wantOn({ '1g.5gb': 7 }, 0), { library })).gpus[0]?.steps).toEqual(
      [],
    )
    expect((await checkpointMig({ library })).gpus).toHaveLength(3)
  })
})

describe('assert', () => {
  const asserted = async (
    devices: Readonly<Record<string, number>>,
    gpus: readonly number[],
    privileges: 'monitor' | 'none' = 'monitor',
  ) => {
    using machine = await divideMachine()
    const { library } = machine
    const asRoot = await assertMigConfig(wantOn(devices, ...gpus), { library })
    machine.setPrivileges(privileges)
    const report = await assertMigConfig(wantOn(devices, ...gpus), { library }).catch(
      (error: unknown) => error,
    )
    return { report, asRoot }
  }

  test('assert matches, as for root, if the MIG devices leave no room for unseen instances', async () => {
    const { report, asRoot } = await asserted({ '1g.5gb': 7 }, [0])
    expect(asRoot.matches).toBe(true)
    expect(report).toEqual(asRoot)
  })

  test('assert reports a missing or surplus MIG device in the same words as for root', async () => {
    const { report, asRoot } = await asserted({ '1g.5gb': 6 }, [0])
    expect(asRoot.matches).toBe(false)
    expect(report).toEqual(asRoot)
  })

  test('assert matches an empty GPU, whose instances any user may list', async () => {
    const { report, asRoot } = await asserted({}, [2])
    expect(asRoot.matches).toBe(true)
    expect(report).toEqual(asRoot)
  })

  test('assert rejects if an unseen GPU instance would decide, which for root differs', async () => {
    const { report, asRoot } = await asserted({ '2c.3g.20gb': 1 }, [1])
    expect(asRoot.matches).toBe(false)
    expect(report).toMatchObject(refusal)
  })

  test('assert reports a difference if one GPU differs and another cannot be compared', async () => {
    const { report } = await asserted({ '2c.3g.20gb': 1 }, [0, 1])
    expect(report).toMatchObject({ matches: false, gpus: [{ matches: false }, { matches: null }] })
  })

  test.each([
    ['as many as wanted', { '1g.5gb': 7 }, [0]],
    ['none', {}, [0]],
    ['others', { '3g.20gb': 2 }, [1]],
  ] as const)(
    'assert rejects without mig/monitor, whatever is wanted: %s',
    async (_, devices, gpus) => {
      const { report } = await asserted(devices, gpus, 'none')
      expect(report).toMatchObject(refusal)
    },
  )

  test('assert compares MIG modes, which any user may read', async () => {
    using machine = await divideMachine()
    machine.setPrivileges('none')
    const options = { library: machine.library, modeOnly: true }
    expect(await assertMigConfig(wantOnAll({}), options)).toMatchObject({ matches: true })
    const off = {
      version: 'v1',
      'mig-configs': { off: [{ devices: 'all', 'mig-enabled': false }] },
    }
    expect(await assertMigConfig(off as never, options)).toMatchObject({ matches: false })
  })

  test.each([
    ['keep: all', { keep: 'all' }, { '1g.5gb': 1 }, true],
    ['at-least', { 'at-least': true }, { '1g.5gb': 3 }, true],
    ['keep: busy, where more is there than wanted', { keep: 'busy' }, { '1g.5gb': 3 }, null],
    ['keep: busy, where as much is there', { keep: 'busy' }, { '1g.5gb': 7 }, true],
  ])('assert compares devices that may stay: %s', async (_, fields, devices, expected) => {
    using machine = await divideMachine()
    machine.setPrivileges('monitor')
    const entry = { devices: [0], 'mig-enabled': true, 'mig-devices': devices, ...fields }
    const config = { version: 'mig-nvml/v1', 'mig-configs': { wanted: [entry] } }
    const asserting = assertMigConfig(config as never, { library: machine.library })
    if (expected === null) expect(await rejectionOf(asserting)).toMatchObject(refusal)
    else expect(await asserting).toMatchObject({ matches: expected })
  })

  test('assert rejects exact placements, and GPUs that are to be chosen', async () => {
    using machine = await divideMachine()
    machine.setPrivileges('monitor')
    const { library } = machine
    const asked = (fields: object) =>
      assertMigConfig(
        {
          version: 'mig-nvml/v1',
          'mig-configs': { wanted: [{ devices: [0, 1], 'mig-enabled': true, ...fields }] },
        } as never,
        { library },
      )
    const places = Array.from({ length: 7 }, (_, start) => ({ profile: '1g.5gb', start }))
    expect(await rejectionOf(asked({ devices: [0], placements: places }))).toMatchObject(refusal)
    expect(await rejectionOf(asked({ count: 1, 'mig-devices': { '1g.5gb': 7 } }))).toMatchObject(
      refusal,
    )
  })
})

describe('export', () => {
  test('export writes the MIG devices with mig/monitor, as for root', async () => {
    using machine = await divideMachine()
    const { library } = machine
    const asRoot = await exportMigConfig({ library })
    machine.setPrivileges('monitor')
    expect(await exportMigConfig({ library })).toEqual(asRoot)
  })

  test('export without mig/monitor rejects and names that permission', async () => {
    using machine = await divideMachine()
    machine.setPrivileges('none')
    const error = await rejectionOf(exportMigConfig({ library: machine.library }))
    expect(error).toMatchObject({
      code: 'MIG_NO_PERMISSION',
      hint: expect.stringMatching(/mig\/monitor.*cap2/s),
    })
  })

  test('generating configurations needs no permission', async () => {
    using machine = await divideMachine()
    const { library } = machine
    const asRoot = await generateMigConfig({ library })
    machine.setPrivileges('monitor')
    expect(await generateMigConfig({ library })).toEqual(asRoot)
  })
})

test('a watch follows MIG devices where it may not list instances', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
  machine.setPrivileges('monitor')
  await using watch = watchMigState({ library: machine.library, intervalMs: 10 })
  await nextOf(watch)
  machine.setPrivileges('admin')
  const [id = -1] = await createDevices(session, gpu, ['3g.20gb'])
  machine.setPrivileges('monitor')
  const created = await changesUntil(watch, 'instances-unlisted')
  expect(created.map(({ kind }) => kind)).toContain('instances-unlisted')

  machine.setPrivileges('admin')
  await session.destroyComputeInstance(gpu, id, 0)
  await session.destroyGpuInstance(gpu, id)
  machine.setPrivileges('monitor')
  const gone = await changesUntil(watch, 'instances-listed')
  expect(gone.map(({ kind }) => kind)).toContain('instances-listed')
})

describe('a picture', () => {
  test('a picture of a GPU whose instances are not listed has no placements and no free space', async () => {
    using machine = await divideMachine()
    machine.setPrivileges('monitor')
    const state = await readMigState({ library: machine.library })
    const only = { ...state, gpus: state.gpus.slice(0, 2) }
    const text = renderMachine(only)
    expect(text).toContain('7x 1g.5gb')
    expect(text).toContain('2c.3g.20gb')
    expect(text).toContain('places unknown without mig/config')
    expect(text).not.toMatch(/·|free/)
    const svg = renderMachineSvg(only)
    expect(svg).toContain('places unknown without mig/config')
    expect(svg).not.toMatch(/class="gpu-instance"|dotted: free/)
  })
})

test('a process that cannot see how far an interrupted apply came leaves its journals', async () => {
  using left = await InterruptedApply.create()
  const journals = left.listJournals()
  expect(journals).not.toEqual([])
  left.machine.setPrivileges('monitor')
  expect(await rejectionOf(recoverMig({ library: left.library }))).toMatchObject(refusal)
  expect(left.listJournals()).toEqual(journals)
})
