import { expectError, expectType } from 'tsd'
import {
  type MetricsServer,
  type MigMetrics,
  type MigState,
  migMetrics,
  readMigMetrics,
  serveMigMetrics,
} from '../../dist/index.js'

declare const state: MigState

expectType<string>(migMetrics(state))
expectType<string>(migMetrics(null, { failure: new Error('no') }))
expectType<Promise<MigMetrics>>(readMigMetrics({ timeoutMs: 100 }))
expectType<Promise<MetricsServer>>(serveMigMetrics({ address: '127.0.0.1:0' }))
expectError(serveMigMetrics({}))
