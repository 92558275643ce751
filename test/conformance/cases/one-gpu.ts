import type { ConformanceCase } from '../case.js'
import {
  apply,
  assert,
  balanced,
  balancedLayout,
  fileWith,
  off,
  on,
  one,
  sevens,
} from './documents.js'

const isAsWanted = { args: assert, want: { status: 0, changing: 0 } } as const

const hookPoints = ['apply-start', 'pre-apply-mode', 'pre-apply-config', 'apply-exit']
const hooksFile = `version: v1
hooks:
${hookPoints
  .map(
    (point) => `  ${point}:
  - {command: /bin/sh, args: ["-c", "echo ${point} >> {folder}/hooks.log"]}`,
  )
  .join('\n')}
`

/** One GPU that is brought to the wanted state. */
export const oneGpuCases: readonly ConformanceCase[] = [
  {
    id: 'C01',
    machine: one,
    layout: [[]],
    files: fileWith(on({ '1g.5gb': 7 })),
    runs: [
      {
        args: apply,
        want: { status: 0, end: [sevens], changing: 14 },
        reference: { changing: 20, calls: 207 },
      },
      isAsWanted,
    ],
  },
  {
    id: 'C02',
    machine: one,
    layout: [sevens],
    files: fileWith(on({ '1g.5gb': 7 })),
    runs: [
      {
        args: apply,
        want: { status: 0, end: [sevens], changing: 0, kept: 7 },
        reference: { calls: 122 },
      },
    ],
  },
  {
    id: 'C03',
    machine: one,
    layout: [sevens],
    files: fileWith(on(balanced)),
    runs: [
      {
        args: apply,
        want: {
          status: 0,
          end: [['1g.5gb', '1g.5gb', '2g.10gb', '3g.20gb@4']],
          changing: { atMost: 14 },
          kept: 2,
        },
        reference: { changing: 23, kept: 0, calls: 540 },
      },
    ],
  },
  {
    id: 'C04',
    machine: one,
    layout: [null],
    files: { ...fileWith(on({ '2g.10gb': 3 })), 'hooks.yaml': hooksFile },
    runs: [
      {
        args: [...apply, '-k', '{folder}/hooks.yaml'],
        want: { status: 0, end: [['2g.10gb', '2g.10gb', '2g.10gb']], hooks: hookPoints },
      },
    ],
  },
  {
    id: 'C05',
    machine: one,
    layout: [balancedLayout],
    files: fileWith(off()),
    runs: [{ args: apply, want: { status: 0, end: ['off'] } }, isAsWanted],
  },
  {
    id: 'C09',
    machine: one,
    layout: [[]],
    files: fileWith(on({ '1c.3g.20gb': 2, '2c.3g.20gb': 2 })),
    runs: [
      { args: apply, want: { status: 0, end: [['3g.20gb 2c+1c', '3g.20gb 2c+1c']] } },
      isAsWanted,
    ],
  },
  {
    id: 'C10',
    machine: one,
    layout: [[]],
    files: fileWith(on({ '1c.2g.10gb': 6 })),
    runs: [
      {
        args: apply,
        want: { status: 0, end: [['2g.10gb 1c+1c', '2g.10gb 1c+1c', '2g.10gb 1c+1c']] },
      },
    ],
  },
  {
    id: 'C11',
    machine: one,
    layout: [[]],
    files: fileWith(on({ '1g.5gb+me': 1, '1g.5gb': 6 })),
    runs: [
      {
        args: apply,
        want: { status: 0, end: [['1g.5gb+me', ...Array.from({ length: 6 }, () => '1g.5gb')]] },
      },
    ],
  },
  {
    id: 'C12',
    machine: one,
    layout: [[]],
    files: fileWith(on({ '3g.20gb': 1, '1c.3g.20gb': 3 })),
    runs: [{ args: apply, want: { status: 0, end: [['3g.20gb', '3g.20gb 1c+1c+1c']] } }],
  },
  {
    id: 'C13',
    machine: one,
    layout: [sevens],
    files: fileWith(on({ '1c.1g.5gb': 7 })),
    runs: [
      {
        args: apply,
        want: { status: 0, end: [sevens], changing: 0, kept: 7 },
        reference: { changing: { atLeast: 28 }, kept: 0 },
      },
      { ...isAsWanted, reference: { status: 1 } },
    ],
  },
  {
    id: 'C14',
    machine: one,
    layout: [sevens],
    files: fileWith(on({ '1g.5gb': 7, '2g.10gb': 0 })),
    runs: [
      {
        args: apply,
        want: { status: 0, end: [sevens], changing: 0, kept: 7 },
        reference: { changing: { atLeast: 28 }, kept: 0 },
      },
      { ...isAsWanted, reference: { status: 1 } },
    ],
  },
]
