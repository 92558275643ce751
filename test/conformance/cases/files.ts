import type { ConformanceCase } from '../case.js'
import { apply, balancedLayout, fileWith, off, on, one, sevens } from './documents.js'

const checkpoint = ['checkpoint', '-f', '{folder}/checkpoint.json']
const restore = ['restore', '-f', '{folder}/checkpoint.json']

const badDocuments: Readonly<Record<string, string>> = {
  'empty file': '',
  'version 2': JSON.stringify({ version: 'v2', 'mig-configs': { wanted: [off()] } }),
  'no devices': JSON.stringify({
    version: 'v1',
    'mig-configs': { wanted: [{ 'mig-enabled': false }] },
  }),
  'a number as devices':
    'version: v1\nmig-configs: {wanted: [{devices: 7, mig-enabled: true, mig-devices: {}}]}\n',
  'a negative count': fileWith(on({ '1g.5gb': -1 }))['config.json'] ?? '',
  'a profile in capitals': fileWith(on({ '1G.5GB': 7 }))['config.json'] ?? '',
  'devices with MIG off': JSON.stringify({
    version: 'v1',
    'mig-configs': { wanted: [{ ...on({ '1g.5gb': 1 }), 'mig-enabled': false }] },
  }),
}

const exports: Readonly<Record<string, readonly [args: readonly string[], label: string]>> = {
  yaml: [['-o', 'yaml'], 'current'],
  json: [['-o', 'json'], 'current'],
  'label foo': [['-l', 'foo'], 'foo'],
}

/** Checkpoints, documents that are none, exports. */
export const fileCases: readonly ConformanceCase[] = [
  {
    id: 'C27',
    machine: '2x A100-SXM4-40GB',
    layout: [balancedLayout, sevens],
    runs: [
      { args: checkpoint, want: { status: 0, changing: 0 } },
      {
        args: restore,
        machine: one,
        layout: [sevens],
        want: {
          status: 1,
          end: [sevens],
          changing: 0,
          kept: 7,
          says: [/MIG_GPU_NOT_FOUND/, /GPU-[\da-f]{8}-[\da-f-]{27}/],
        },
        reference: { status: 2, says: [/panic: .*index out of range/] },
      },
    ],
  },
  ...[sevens, null].map(
    (layout): ConformanceCase => ({
      id: 'C28',
      ...(layout === null ? { variant: 'MIG off' } : {}),
      machine: one,
      layout: [balancedLayout],
      runs: [
        { args: checkpoint, want: { status: 0, changing: 0 } },
        { args: restore, layout: [layout], want: { status: 0, end: [balancedLayout] } },
        { args: restore, want: { status: 0, end: [balancedLayout], changing: 0, kept: 4 } },
      ],
    }),
  ),
  ...Object.entries(badDocuments).map(
    ([variant, text]): ConformanceCase => ({
      id: 'C29',
      variant,
      machine: one,
      layout: [sevens],
      files: { 'config.json': text },
      runs: [{ args: apply, want: { status: 1, end: [sevens], changing: 0, calls: 0, kept: 7 } }],
    }),
  ),
  ...Object.entries(exports).map(
    ([variant, [args, label]]): ConformanceCase => ({
      id: 'C30',
      variant,
      machine: one,
      layout: [sevens],
      runs: [
        {
          args: ['export', ...args],
          output: 'exported.yaml',
          want: {
            status: 0,
            changing: 0,
            prints: { version: 'v1', 'mig-configs': { [label]: [on({ '1g.5gb': 7 })] } },
          },
        },
        {
          args: ['apply', '-f', '{folder}/exported.yaml', '-c', label],
          want: { status: 0, end: [sevens], changing: 0, kept: 7 },
        },
      ],
    }),
  ),
]
