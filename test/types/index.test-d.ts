import { expectAssignable, expectError, expectNotAssignable, expectType } from 'tsd'
import {
  type ApplyEvent,
  type ApplyReport,
  type AssertReport,
  applyMigConfig,
  assertMigConfig,
  type CompletedApply,
  exportMigConfig,
  isMigError,
  type MigCode,
  type MigConfigDocument,
  type MigPlan,
  type MigState,
  type PlanStep,
  planMigConfig,
  readMigState,
} from '../../dist/index.js'
import { createSimulatedMachine, type SimulatedMachine } from '../../dist/simulator/index.js'
import { type LayoutResult, solveLayout } from '../../dist/solver/index.js'

const document = {
  version: 'v1',
  'mig-configs': {
    mine: [{ devices: [0, 1], 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } }],
  },
} as const

expectAssignable<MigConfigDocument>(document)
expectType<Promise<CompletedApply>>(applyMigConfig(document))
expectType<Promise<CompletedApply>>(applyMigConfig('version: v1', { config: 'mine', dryRun: true }))
expectType<Promise<MigPlan>>(planMigConfig(document, { signal: AbortSignal.timeout(1) }))
expectType<Promise<AssertReport>>(assertMigConfig(document))
expectType<Promise<MigConfigDocument>>(exportMigConfig({ name: 'now' }))
expectType<Promise<MigState>>(readMigState())
expectType<SimulatedMachine>(createSimulatedMachine('8x A100-SXM4-40GB'))
expectAssignable<Promise<MigState>>(
  readMigState({ library: createSimulatedMachine('A30').library }),
)

// What must not pass.
expectError(applyMigConfig())
expectError(applyMigConfig({ version: 'v2' }))
expectError(applyMigConfig(document, { dryrun: true }))
expectError(planMigConfig(document, { dryRun: true }))
expectError(applyMigConfig(document, { concurrency: '2' }))
expectNotAssignable<MigConfigDocument>({ version: 1 })

// Everything that comes out is read-only.
declare const state: MigState
expectError(state.gpus.push())
// biome-ignore lint/suspicious/noAssignInExpressions: the assignment is what must not compile
expectError((state.driverVersion = '1'))

// Every kind of step and event is known, so that a switch over them can be closed.
declare const step: PlanStep
expectType<
  | 'set-mig-mode'
  | 'destroy-compute-instance'
  | 'destroy-gpu-instance'
  | 'create-gpu-instance'
  | 'create-compute-instance'
>(step.kind)
declare const event: ApplyEvent
if (event.kind === 'step-failed') expectType<Error>(event.error)

// Errors narrow.
declare const error: unknown
if (isMigError(error)) {
  expectType<MigCode>(error.code)
  expectType<ApplyReport | undefined>(error.report)
}

declare const geometry: NonNullable<MigState['gpus'][number]['geometry']>
const result = solveLayout({ geometry, wanted: [] })
expectType<LayoutResult>(result)
if (result.kind === 'infeasible') expectError(result.layout)
