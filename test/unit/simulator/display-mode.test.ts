// RTX PRO workstation boards ship for graphics and support MIG in the compute display mode alone: MIG User
// Guide, "Additional Prerequisites for RTX PRO Blackwell GPUs". A public note about an RTX PRO 6000
// Blackwell Workstation Edition on 580.65.06 has the answers: Not Supported, MIG N/A, no MIG-supported
// device.
import { describe, expect, test } from 'vitest'
import { applyMigConfig, readMigState } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { wantOnAll } from '../../support/wanted.js'

const board = 'RTX PRO 6000 Blackwell Workstation Edition'
const quarters = wantOnAll({ '1g.24gb': 4 })

describe('a workstation board', () => {
  test('a workstation board in its shipped display mode has no MIG, and an apply says so', async () => {
    using machine = createSimulatedMachine(board)
    expect(machine.describe().gpus).toMatchObject([{ displayMode: 'graphics', mig: null }])
    await expect(applyMigConfig(quarters, { library: machine.library })).rejects.toMatchObject({
      code: 'MIG_NOT_SUPPORTED',
      hint: expect.stringMatching(/^GPU 0: .* compute display mode/),
    })
    expect(machine.callCounts().changing).toBe(0)
  })

  test.each([
    ['+compute', `${board} +compute`],
    ['as data', { model: board, displayMode: 'compute' }],
    ['with MIG on', `${board} +mig`],
  ] as const)(
    'a workstation board in the compute display mode supports MIG: %s',
    async (_, spec) => {
      using machine = createSimulatedMachine(spec)
      expect(machine.describe().gpus).toMatchObject([{ displayMode: 'compute' }])
      expect((await applyMigConfig(quarters, { library: machine.library })).outcome).toBe('applied')
    },
  )

  test('a workstation board keeps its display mode over a reboot, which ends its MIG mode', async () => {
    using machine = createSimulatedMachine(`${board} +mig`)
    machine.reboot()
    expect(machine.describe().gpus).toMatchObject([
      { displayMode: 'compute', mig: { enabled: false } },
    ])
    expect((await readMigState({ library: machine.library })).gpus[0]?.mig).not.toBeNull()
  })
})

test('errors about a GPU without MIG in any display mode do not mention display modes', async () => {
  using machine = createSimulatedMachine('T4')
  await expect(applyMigConfig(quarters, { library: machine.library })).rejects.toSatisfy(
    (error: { readonly code: string; readonly hint?: string }) =>
      error.code === 'MIG_NOT_SUPPORTED' && error.hint === undefined,
  )
})

test('the Server Edition has no display modes and supports MIG at once', async () => {
  using machine = createSimulatedMachine('RTX PRO 6000 Blackwell Server Edition')
  expect(machine.describe().gpus).toMatchObject([{ displayMode: null, mig: { enabled: false } }])
  expect(() => createSimulatedMachine('RTX PRO 6000 Blackwell Server Edition +compute')).toThrow(
    'has no display modes',
  )
})

test.each([
  [{ model: board, displayMode: 'graphics', migEnabled: true } as const, 'has no MIG'],
  [{ model: board, displayMode: 'off' as 'graphics' }, '"graphics" or "compute"'],
])('an impossible display mode is refused: %j', (spec, words) => {
  expect(() => createSimulatedMachine(spec)).toThrow(words)
})
