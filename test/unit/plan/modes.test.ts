import { describe, expect, test } from 'vitest'
import type { MigMode } from '../../../types/model/state.js'
import type { Layout } from '../../../types/solver/layout.js'
import { place } from '../../support/devices.js'
import { gpuWith } from '../../support/model-gpu.js'
import {
  a100,
  type Devices,
  kindsOf,
  plan,
  refusal,
  sevenSmall,
  wanting,
} from '../../support/planning.js'

describe('the mode', () => {
  const off: MigMode = { enabled: false, pending: false }
  const goingOff: MigMode = { enabled: true, pending: false }
  const goingOn: MigMode = { enabled: false, pending: true }

  test.each<[string, MigMode, Layout, Devices | 'off', string[]]>([
    [
      'turned on before anything is created',
      off,
      [],
      { '7g.40gb': 1 },
      ['set-mig-mode', 'create-gpu-instance', 'create-compute-instance'],
    ],
    ['turned on for no devices at all', off, [], {}, ['set-mig-mode']],
    [
      'turned off after everything is destroyed',
      { enabled: true, pending: true },
      [place(a100, '7g.40gb', 0)],
      'off',
      ['destroy-compute-instance', 'destroy-gpu-instance', 'set-mig-mode'],
    ],
    ['left off', off, [], 'off', []],
    ['called back if it waits to go off', goingOff, sevenSmall, { '1g.5gb': 7 }, ['set-mig-mode']],
    ['requested again while it waits to go on', goingOn, [], {}, ['set-mig-mode']],
    ['called back if it waits to go on', goingOn, [], 'off', ['set-mig-mode']],
    ['requested again while it waits to go off', goingOff, [], 'off', ['set-mig-mode']],
  ])('the mode is %s', (_name, mig, layout, devices, kinds) => {
    expect(kindsOf(plan(wanting(gpuWith(a100, layout, { mig }), devices)))).toEqual(kinds)
  })

  test('MIG on is refused for a GPU that cannot do MIG, and MIG off needs no steps', () => {
    const gpu = { ...gpuWith(a100, [], { mig: null }), geometry: null }
    expect(refusal([wanting(gpu, {})]).code).toBe('MIG_NOT_SUPPORTED')
    expect(kindsOf(plan(wanting(gpu, 'off')))).toEqual([])
  })

  test('without a geometry MIG can be turned on for no devices, and is refused for some', () => {
    const gpu = { ...gpuWith(a100, [], { mig: off }), geometry: null }
    expect(kindsOf(plan(wanting(gpu, {})))).toEqual(['set-mig-mode'])
    expect(refusal([wanting(gpu, { '1g.5gb': 1 })]).code).toBe('MIG_GEOMETRY_UNKNOWN')
  })
})
