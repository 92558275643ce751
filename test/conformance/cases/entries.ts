import type { MigConfigEntry } from '../../../types/config/config.js'
import type { ConformanceCase, Reference } from '../case.js'
import { apply, assert, fileWith, off, on, one, sevens } from './documents.js'

const lenient = ['--matching', 'lenient'] as const

/** Rejected, or ignored with a warning; mig-parted ignores it silently. */
function matchesNothing(variant: string, entry: MigConfigEntry, code: RegExp): ConformanceCase {
  const untouched = { end: [sevens], changing: 0, kept: 7 } as const
  const silent: Reference = { status: 0, says: [] }
  return {
    id: 'C23',
    variant,
    machine: one,
    layout: [sevens],
    files: fileWith(entry),
    runs: [
      { args: apply, want: { status: 1, ...untouched, says: [code] }, reference: silent },
      {
        args: apply,
        more: lenient,
        want: { status: 0, ...untouched, says: [/^warning: /m] },
        reference: silent,
      },
      { args: assert, want: { status: 1, changing: 0 } },
    ],
  }
}

/** Entries that match nothing, and entries that contradict each other. */
export const entryCases: readonly ConformanceCase[] = [
  matchesNothing('no such index', on({ '1g.5gb': 7 }, [7]), /MIG_ENTRY_MATCHES_NO_GPU/),
  matchesNothing(
    'another model',
    on({ '1g.10gb': 7 }, 'all', '0x233010DE'),
    /MIG_ENTRY_MATCHES_NO_GPU/,
  ),
  matchesNothing('a name as filter', on({ '1g.5gb': 7 }, 'all', 'A100-SXM4-40GB'), /device-filter/),
  {
    id: 'C24',
    machine: one,
    layout: [[]],
    files: fileWith(on({ '1g.5gb': 7 }), on({ '3g.20gb': 2 }, [0])),
    runs: [
      {
        args: apply,
        want: { status: 1, end: [[]], changing: 0, says: [/MIG_CONFIG_CONFLICT/] },
        reference: {
          status: 0,
          end: [['3g.20gb', '3g.20gb']],
          changing: { atLeast: 30 },
          says: [],
        },
      },
    ],
  },
  {
    id: 'C24',
    variant: 'lenient',
    machine: one,
    layout: [[]],
    files: fileWith(on({ '1g.5gb': 7 }), on({ '3g.20gb': 2 }, [0])),
    runs: [
      {
        args: apply,
        more: lenient,
        want: { status: 0, end: [['3g.20gb', '3g.20gb']], changing: 4, says: [/^warning: /m] },
        reference: { changing: { atLeast: 30 }, says: [] },
      },
      { args: assert, more: lenient, want: { status: 0, changing: 0 } },
    ],
  },
  ...[[], lenient].map(
    (more): ConformanceCase => ({
      id: 'C25',
      ...(more.length === 0 ? {} : { variant: 'lenient' }),
      machine: one,
      layout: [null],
      files: fileWith(off(), on({ '3g.20gb': 2 }, [0])),
      runs: [
        {
          args: apply,
          more,
          want: { status: 1, end: ['off'], changing: 0, says: [/MIG_CONFIG_CONFLICT/] },
          reference: {
            end: [[]],
            changing: { atLeast: 1 },
            says: [/MIG mode is currently enabled/],
          },
        },
      ],
    }),
  ),
]
