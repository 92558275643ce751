import type { ConformanceCase } from '../case.js'
import { apply, assert, balanced, fileWith, on, one, sevens } from './documents.js'

/** What is impossible or in use: nothing is changed. */
export const refusalCases: readonly ConformanceCase[] = [
  {
    id: 'C06',
    machine: one,
    layout: [sevens],
    files: fileWith(on({ '2g.20gb': 3 })),
    runs: [
      {
        args: apply,
        want: {
          status: 1,
          end: [sevens],
          changing: 0,
          kept: 7,
          says: [/MIG_PROFILE_UNKNOWN/, /2g\.20gb/],
        },
        reference: { status: 0, end: [[]], changing: 14, kept: 0, says: [] },
      },
    ],
  },
  {
    id: 'C07',
    machine: one,
    layout: [sevens],
    files: fileWith(on({ '1g.5gb': 4, '2g.10gb': 2 })),
    runs: [
      {
        args: apply,
        want: {
          status: 1,
          end: [sevens],
          changing: 0,
          kept: 7,
          says: [/MIG_PARTITION_INFEASIBLE/],
        },
        reference: {
          end: [[]],
          changing: { atLeast: 100 },
          kept: 0,
          calls: 3814,
          says: [/all orderings failed/],
        },
      },
    ],
  },
  {
    id: 'C08',
    machine: one,
    layout: [[]],
    files: fileWith(on({ '1g.5gb': 8 })),
    runs: [
      {
        args: apply,
        want: {
          status: 1,
          end: [[]],
          changing: 0,
          says: [/MIG_PARTITION_INFEASIBLE/, /8 compute slices; this GPU has 7|at most 7/],
        },
        reference: { changing: { atLeast: 8 }, calls: 322, says: [/all orderings failed/] },
      },
    ],
  },
  {
    id: 'C15',
    machine: one,
    layout: [sevens],
    busyAt: 2,
    files: fileWith(on({ '3g.20gb': 2 })),
    runs: [
      {
        args: apply,
        want: {
          status: 1,
          end: [sevens],
          changing: 0,
          kept: 7,
          says: [/MIG_IN_USE/, /4711/, /GPU instance \d+/],
        },
        reference: {
          end: 'any',
          kept: 'any',
          changing: { atLeast: 1 },
          says: [/In use by another client|ERROR_IN_USE/i],
        },
      },
    ],
  },
  {
    id: 'C16',
    machine: one,
    layout: [sevens],
    busyAt: 2,
    files: fileWith(on(balanced)),
    runs: [
      {
        args: apply,
        want: { status: 0, end: [['1g.5gb', '1g.5gb@2', '2g.10gb', '3g.20gb@4']], kept: 2 },
        reference: { status: 1, end: 'any', kept: 'any' },
      },
    ],
  },
  {
    id: 'C17',
    machine: one,
    layout: [['4g.20gb@0 bare']],
    files: fileWith(on({})),
    runs: [
      {
        args: assert,
        want: { status: 1, changing: 0, says: [/4g\.20gb.*no compute instance/] },
        reference: { status: 0, says: [] },
      },
      {
        args: apply,
        want: { status: 0, end: [[]], changing: 1 },
        reference: { end: [['4g.20gb@0 bare']], changing: 0 },
      },
      { args: assert, want: { status: 0 } },
    ],
  },
]
