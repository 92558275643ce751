import { describe, expect, test } from 'vitest'
import { type BootPhase, type MigChoice, persistMigChoice } from '../../../lib/node.js'
import { rejectionOf } from '../../support/errors.js'
import { createBootingMachine } from './booting.js'

const halves: MigChoice = {
  kind: 'config',
  document: {
    version: 'v1',
    'mig-configs': {
      halves: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } }],
      off: [{ devices: 'all', 'mig-enabled': false }],
    },
  },
  config: 'halves',
}
const halved = '3g.20gb 3g.20gb'

describe('a boot brings the layout back', () => {
  test('a first boot applies what the options choose, and a second changes nothing', async () => {
    const host = createBootingMachine('2x A100-SXM4-40GB')
    expect(await host.boot({ choice: halves })).toMatchObject({ outcome: 'applied' })
    expect(host.layout()).toEqual([halved, halved])
    host.machine.resetCallCounts()
    expect(await host.boot({ choice: halves })).toMatchObject({ outcome: 'unchanged' })
    expect(host.machine.callCounts().changing).toBe(0)
  })

  test.each([['A100-SXM4-40GB'], ['H100 80GB HBM3']])(
    'what was persisted is there again after a reboot of a machine with %s',
    async (model) => {
      const host = createBootingMachine(model)
      await persistMigChoice({ kind: 'generated', config: 'all-balanced' }, host.state)
      await host.boot()
      const before = host.layout()
      expect(before).not.toEqual(['off'])
      host.reboot()
      expect(host.layout()).not.toEqual(before)
      expect(await host.boot()).toMatchObject({ outcome: 'applied' })
      expect(host.layout()).toEqual(before)
    },
  )

  test('without a choice, a boot changes nothing and succeeds, even without a driver', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    host.unloadDriver()
    expect(await host.boot()).toMatchObject({ outcome: 'nothing-chosen', choice: null })
    host.loadDriver()
    expect(await host.boot()).toMatchObject({ outcome: 'nothing-chosen' })
    expect(host.machine.callCounts().changing).toBe(0)
  })
})

describe('a boot and its driver', () => {
  test('a boot waits for a driver that is late, and says what it waits for', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    host.unloadDriver()
    const phases: BootPhase[] = []
    const report = await host.boot({
      choice: halves,
      waitMs: 600_000,
      onPhase: (phase) => {
        phases.push(phase)
        if (phase.phase === 'waiting') host.loadDriver()
      },
    })
    expect(report).toMatchObject({ outcome: 'applied' })
    expect(phases.map(({ phase }) => phase)).toEqual(['waiting', 'applying', 'done'])
    expect(phases[0]?.text).toContain('the PCI bus has 1 NVIDIA GPU, bound to no driver')
    expect(host.layout()).toEqual([halved])
  })

  test('a boot whose driver never comes fails, after it has set the modes that need none', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    host.unloadDriver()
    const error = await rejectionOf(host.boot({ choice: halves, waitMs: 1 }))
    expect(error).toMatchObject({ code: 'MIG_DRIVER_NOT_READY' })
    expect(error.message).toContain('no NVIDIA driver is loaded')
    host.loadDriver()
    expect(host.layout()).toEqual([''])
  })
})
