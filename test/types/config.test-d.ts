import { expectError, expectType } from 'tsd'
import {
  formatMigConfig,
  type MigConfigDocument,
  type MigNvmlConfigDocument,
  parseMigConfig,
} from '../../dist/config.js'
import { generateMigConfig, type MigPlan, planMigConfig } from '../../dist/index.js'

const parsed = parseMigConfig('version: v1')
expectType<MigConfigDocument | MigNvmlConfigDocument>(parsed)
if (parsed.version === 'v1') expectType<MigConfigDocument>(parsed)
expectType<string>(formatMigConfig(parsed))
expectType<Promise<MigConfigDocument>>(generateMigConfig())

// Entries of version 1.
const v1 = (entry: NonNullable<MigConfigDocument['mig-configs']>[string][number]) =>
  planMigConfig({ version: 'v1', 'mig-configs': { mine: [entry] } })
expectType<Promise<MigPlan>>(
  v1({ devices: 'all', 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } }),
)
expectType<Promise<MigPlan>>(
  v1({ devices: [0], 'device-filter': ['0x20B010DE'], 'mig-enabled': false, 'mig-devices': null }),
)
expectError(v1({ devices: 'every', 'mig-enabled': false }))
expectError(v1({ devices: 'others', 'mig-enabled': false }))
expectError(v1({ devices: 0, 'mig-enabled': false }))
expectError(v1({ 'mig-enabled': false }))
expectError(v1({ devices: 'all' }))
expectError(v1({ devices: 'all', 'mig-enabled': 'true', 'mig-devices': {} }))
expectError(v1({ devices: 'all', migEnabled: true, 'mig-devices': {} }))
expectError(v1({ devices: 'all', 'mig-enabled': true, 'mig-devices': { '1g.5gb': '7' } }))
expectError(v1({ devices: 'all', 'mig-enabled': true, 'mig-devices': ['1g.5gb'] }))
expectError(v1({ devices: 'all', count: 2, 'mig-enabled': false }))
expectError(planMigConfig({ 'mig-configs': {} }))
expectError(planMigConfig({ version: 'v1', 'mig-config': {} }))
expectError(planMigConfig({ version: 'v1', 'mig-configs': { mine: { devices: 'all' } } }))

// Entries of our own version.
const own = (entry: NonNullable<MigNvmlConfigDocument['mig-configs']>[string][number]) =>
  planMigConfig({ version: 'mig-nvml/v1', 'mig-configs': { mine: [entry] } })
expectType<Promise<MigPlan>>(
  own({ devices: 'others', count: 2, 'mig-devices': [{ 'memory-mib': 9000, count: 2 }] }),
)
expectType<Promise<MigPlan>>(
  own({ devices: 'GPU-5d5ba0d6', keep: ['MIG-1'], 'at-least': true, 'mig-devices': {} }),
)
expectType<Promise<MigPlan>>(
  own({ devices: [0, '07:00.0'], placements: [{ profile: '3g.20gb', start: 4 }] }),
)
expectError(own({ devices: 'all', placements: [{ profile: '3g.20gb' }] }))
expectError(own({ devices: 'all', placements: [{ profile: 9, start: 0 }] }))
expectError(own({ devices: 'all', 'mig-devices': [{ memoryMiB: 9000 }] }))
expectError(own({ devices: 'all', 'mig-devices': [{ engines: { decoders: 1 } }] }))
expectError(own({ devices: 'all', 'mig-devices': {}, keep: 'some' }))
expectError(own({ devices: 'all', 'mig-devices': {}, keep: ['GPU-1'] }))
expectError(own({ devices: 'all', 'mig-devices': {}, atLeast: true }))

// What comes out is read-only, as far down as it goes.
// biome-ignore lint/suspicious/noAssignInExpressions: the assignment is what must not compile
expectError((parsed.version = 'v1'))
const first = parsed['mig-configs']?.['mine']?.[0]
// biome-ignore lint/suspicious/noAssignInExpressions: the assignment is what must not compile
if (first !== undefined) expectError((first['mig-enabled'] = false))
