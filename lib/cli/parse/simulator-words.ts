import type { SimulatedMachineOptions, SimulatedProcess } from '../../../types/simulator/machine.js'
import type { SimulatedMachineDescription } from '../../../types/simulator/state.js'
import { wordsOf } from '../../model/checks/kinds.js'

// The words that the options and actions of `mig-nvml simulator` take.

type Option<Name extends keyof SimulatedMachineOptions> = NonNullable<SimulatedMachineOptions[Name]>
type Kind = NonNullable<SimulatedProcess['kind']>

export const hosts: readonly Option<'host'>[] = wordsOf<Option<'host'>>({
  'dgx-a100': true,
  'dgx-h100': true,
  'one-socket': true,
  'pcie-pairs': true,
})
export const resetPolicies: readonly Option<'resetPolicy'>[] = wordsOf<Option<'resetPolicy'>>({
  automatic: true,
  manual: true,
  refused: true,
})
export const privileges: readonly Option<'privileges'>[] = wordsOf<Option<'privileges'>>({
  admin: true,
  config: true,
  monitor: true,
  none: true,
})
export const computePlaces: readonly Option<'computePlaces'>[] = wordsOf<Option<'computePlaces'>>({
  catalog: true,
  other: true,
})
export const checks: readonly Option<'checks'>[] = wordsOf<Option<'checks'>>({
  strict: true,
  loose: true,
})
export const processKinds: readonly Kind[] = wordsOf<Kind>({
  compute: true,
  graphics: true,
  mps: true,
  subscriber: true,
})

type Latency = SimulatedMachineDescription['latencyPreset']

export const latencies: readonly Latency[] = wordsOf<Latency>({
  none: true,
  a100: true,
  h100: true,
})
