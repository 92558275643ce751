import type { MigConfigDocument } from '../../types/config/config.js'
import type { ApplyOptions } from '../../types/machine/options.js'
import type { SimulatedGpuSpec, SimulatedMachineOptions } from '../../types/simulator/machine.js'
import { configure as want } from './configure.js'

/** An apply, in which every call of the driver shall fail once. */
export interface FaultCase {
  readonly name: string
  readonly machine: readonly SimulatedGpuSpec[]
  readonly machineOptions?: SimulatedMachineOptions
  /** What is there before; absent: nothing. */
  readonly from?: MigConfigDocument
  readonly to: MigConfigDocument
  readonly options?: ApplyOptions
}

const a100 = { model: 'A100-SXM4-40GB', migEnabled: true } as const
const a100Off = { model: 'A100-SXM4-40GB' } as const
const a30 = { model: 'NVIDIA A30', migEnabled: true } as const
const h100 = { model: 'h100-80gb-sxm', migEnabled: true } as const
const h100Off = { model: 'h100-80gb-sxm' } as const

const seven = { '1g.5gb': 7 }
const balanced = { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }

export const faultCases: readonly FaultCase[] = [
  { name: 'fills an empty GPU', machine: [a100], to: want(seven) },
  { name: 'keeps some of seven', machine: [a100], from: want(seven), to: want(balanced) },
  { name: 'divides anew', machine: [a100], from: want(balanced), to: want(seven) },
  { name: 'divides a whole', machine: [a100], from: want({ '7g.40gb': 1 }), to: want(balanced) },
  { name: 'empties', machine: [a100], from: want(balanced), to: want({}) },
  { name: 'turns MIG on', machine: [a100Off], to: want({ '3g.20gb': 2 }) },
  { name: 'turns MIG off', machine: [a100], from: want(balanced), to: want(null) },
  { name: 'turns MIG on at once', machine: [h100Off], to: want({ '3g.40gb': 1, '1g.10gb': 2 }) },
  { name: 'turns MIG off at once', machine: [h100], from: want({ '1g.20gb': 2 }), to: want(null) },
  {
    name: 'turns MIG on by a reset of its own',
    machine: [a100Off],
    machineOptions: { resetPolicy: 'manual' },
    to: want({ '7g.40gb': 1 }),
  },
  {
    name: 'turns MIG off by a reset of its own',
    machine: [a100],
    machineOptions: { resetPolicy: 'manual' },
    from: want({ '2g.10gb': 3 }),
    to: want(null),
  },
  {
    name: 'splits a GPU instance',
    machine: [a100],
    from: want({ '3g.20gb': 2 }),
    to: want({ '1c.3g.20gb': 3, '3g.20gb': 1 }),
  },
  {
    name: 'makes one of the parts of a GPU instance',
    machine: [a100],
    from: want({ '1c.7g.40gb': 3, '2c.7g.40gb': 2 }),
    to: want({ '7g.40gb': 1 }),
  },
  {
    name: 'wants a media extension',
    machine: [a30],
    from: want({ '1g.6gb': 4 }),
    to: want({ '1g.6gb+me': 1, '1g.6gb': 1, '2g.12gb': 1 }),
  },
  {
    name: 'takes two sizes of compute instance apart',
    machine: [h100],
    from: want({ '1g.20gb': 2 }),
    to: want({ '1g.20gb': 1, '4g.40gb': 1 }),
  },
  {
    name: 'changes two GPUs',
    machine: [a100, a100],
    from: want(seven, balanced),
    to: want(balanced, seven),
  },
  {
    name: 'leaves out a GPU between',
    machine: [a100, a100, h100],
    from: want(seven, seven, { '7g.80gb': 1 }),
    to: want(balanced, undefined, { '1g.10gb': 7 }),
  },
  {
    name: 'changes modes and instances of different models',
    machine: [a100, h100Off, { model: 'Tesla T4' }, a30],
    from: want(seven, undefined, undefined, { '1g.6gb': 4 }),
    to: want(null, { '2g.20gb': 2 }, undefined, { '4g.24gb': 1 }),
  },
  {
    name: 'has a driver that cannot be told where',
    machine: [a100],
    machineOptions: { driver: '450.80.02' },
    from: want({ '1g.5gb': 3 }),
    to: want({ '3g.20gb': 1, '1g.5gb': 2 }),
  },
  {
    name: 'has GPUs that stand for themselves',
    machine: [a100, a100, h100],
    from: want(seven, balanced, { '3g.40gb': 2 }),
    to: want(balanced, { '4g.20gb': 1 }, { '1g.10gb': 7 }),
    options: { atomic: 'gpu' },
  },
]
