import type { CaseRun, ConformanceCase } from '../case.js'
import { apply, assert, fileWith, halves, on, sevens } from './documents.js'

const two = '2x A100-SXM4-40GB'
const oneOfEach = fileWith(on({ '1g.5gb': 7 }, [0]), on({ '3g.20gb': 2 }, [1]))
const mixed = 'A100-SXM4-40GB, Tesla T4'

const again: CaseRun = {
  args: apply,
  want: { status: 0, end: [sevens, 'no MIG'], changing: 0, kept: 7 },
  reference: { changing: { atLeast: 28 }, kept: 0 },
}

/** Modes and instances of several GPUs, some of which are as wanted and some do not support MIG. */
export const severalGpuCases: readonly ConformanceCase[] = [
  {
    id: 'C18',
    machine: two,
    layout: [sevens, null],
    files: oneOfEach,
    runs: [
      {
        args: apply,
        want: { status: 0, end: [sevens, halves], kept: 7, changing: 5 },
        reference: { kept: 0, changing: { atLeast: 30 } },
      },
    ],
  },
  {
    id: 'C19',
    machine: two,
    resetPolicy: 'manual',
    layout: [sevens, null],
    files: oneOfEach,
    runs: [
      {
        args: apply,
        want: { status: 0, end: [sevens, halves], kept: 7, resets: [1] },
        reference: { kept: 0, resets: [0, 1] },
      },
    ],
  },
  {
    id: 'C19',
    variant: 'reset refused',
    machine: two,
    resetPolicy: 'refused',
    layout: [sevens, null],
    files: oneOfEach,
    runs: [
      {
        args: apply,
        want: {
          status: 1,
          end: [sevens, 'off'],
          kept: 7,
          resets: [],
          says: [/MIG_(?:RESET|REBOOT)_REQUIRED/, /GPU 1/],
        },
        reference: { end: [[], 'off, on after reset'], kept: 0, says: [] },
      },
    ],
  },
  {
    id: 'C20',
    machine: two,
    resetPolicy: 'manual',
    layout: [sevens, null],
    files: oneOfEach,
    runs: [
      {
        args: [...apply, '--skip-reset', '--mode-only'],
        want: { status: 0, end: [sevens, 'off, on after reset'], kept: 7, resets: [] },
        reference: { end: [[], 'off, on after reset'], kept: 0 },
      },
    ],
  },
  {
    id: 'C21',
    machine: mixed,
    layout: [[]],
    files: fileWith(on({ '1g.5gb': 7 })),
    runs: [
      { args: apply, want: { status: 0, end: [sevens, 'no MIG'] } },
      again,
      { args: assert, want: { status: 0, changing: 0 }, reference: { status: 1 } },
    ],
  },
  {
    id: 'C22',
    machine: mixed,
    layout: [sevens],
    files: fileWith(on({}, [1])),
    runs: [
      {
        args: apply,
        want: {
          status: 1,
          end: [sevens, 'no MIG'],
          changing: 0,
          kept: 7,
          says: [/MIG_NOT_SUPPORTED/, /GPU 1/],
        },
        reference: { says: [/cannot set MIG mode on non MIG-capable GPU/i] },
      },
    ],
  },
  {
    id: 'C26',
    machine: '3x A100-SXM4-40GB',
    layout: [halves, halves, halves],
    files: fileWith(
      on({ '1g.5gb': 7 }, [0]),
      on({ '1g.5gb': 4, '2g.10gb': 2 }, [1]),
      on({ '1g.5gb': 7 }, [2]),
    ),
    runs: [
      {
        args: apply,
        want: {
          status: 1,
          end: [halves, halves, halves],
          changing: 0,
          kept: 6,
          says: [/MIG_PARTITION_INFEASIBLE/, /GPU 1/],
        },
        reference: {
          end: [sevens, [], halves],
          changing: { atLeast: 100 },
          kept: 2,
          says: [/all orderings failed/],
        },
      },
    ],
  },
]
