import { expectAssignable, expectError, expectNotAssignable, expectType } from 'tsd'
import {
  type ApplyEvent,
  type ApplyReport,
  type AssertReport,
  applyMigConfig,
  assertMigConfig,
  type CompletedApply,
  checkpointMig,
  exportMigConfig,
  type HookContext,
  holdMigConfig,
  isMigError,
  listMigDevices,
  type MigChange,
  type MigCheckpoint,
  type MigCode,
  type MigConfigDocument,
  type MigDevice,
  type MigPlan,
  type MigState,
  type PlanStep,
  planMigConfig,
  type RecoverReport,
  readMigState,
  recoverMig,
  renderMachineSvg,
  renderPlanSvg,
  restoreMig,
  startMigConfig,
  watchMigState,
  withMigConfig,
} from '../../dist/index.js'
import { createSimulatedMachine, type SimulatedMachine } from '../../dist/simulator.js'
import { type RepartitionResult, repartition } from '../../dist/solver.js'

const document = {
  version: 'v1',
  'mig-configs': {
    mine: [{ devices: [0, 1], 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } }],
  },
} as const

expectAssignable<MigConfigDocument>(document)
expectType<Promise<CompletedApply>>(applyMigConfig(document))
expectType<Promise<CompletedApply>>(applyMigConfig('version: v1', { config: 'mine', dryRun: true }))
expectType<Promise<CompletedApply>>(applyMigConfig(document, { atomic: 'gpu' }))
expectError(applyMigConfig(document, { atomic: 'all' }))
const run = startMigConfig(document)
expectType<Promise<CompletedApply>>(run.report)
expectType<AsyncIterator<ApplyEvent>>(run[Symbol.asyncIterator]())
expectType<Promise<RecoverReport>>(recoverMig({ direction: 'finish' }))
expectType<Promise<MigPlan>>(planMigConfig(document, { signal: AbortSignal.timeout(1) }))
expectType<Promise<AssertReport>>(assertMigConfig(document))
expectType<Promise<MigConfigDocument>>(exportMigConfig({ name: 'now' }))
expectType<Promise<MigState>>(readMigState())
expectType<SimulatedMachine>(createSimulatedMachine('8x A100-SXM4-40GB'))
expectAssignable<Promise<MigState>>(
  readMigState({ library: createSimulatedMachine('A30').library }),
)

// Around an apply.
expectType<Promise<number>>(withMigConfig(document, ({ after }) => after.gpus.length))
expectType<Promise<CompletedApply>>(holdMigConfig(document).then((held) => held.restore()))
expectType<Promise<MigCheckpoint>>(checkpointMig({ file: new URL('file:///tmp/now.json') }))
expectType<Promise<CompletedApply>>(restoreMig('now.json', { modeOnly: true }))
expectType<Promise<CompletedApply>>(
  applyMigConfig(document, {
    hooks: {
      hooks: {
        'apply-start': [{ command: 'true', args: [] }],
        'apply-exit': [(context) => expectType<HookContext>(context)],
      },
    },
  }),
)
expectError(applyMigConfig(document, { hooks: { hooks: { 'apply-begin': [] } } }))
expectError(restoreMig('now.json', { config: 'mine' }))
expectError(withMigConfig(document, () => {}, { dryRun: true }))
async function follow(): Promise<void> {
  for await (const { changes } of watchMigState({ intervalMs: 100 }))
    expectType<readonly MigChange[]>(changes)
}
expectType<Promise<void>>(follow())

// What must not pass.
expectError(applyMigConfig())
expectError(applyMigConfig({ version: 'v2' }))
expectError(applyMigConfig(document, { dryrun: true }))
expectError(planMigConfig(document, { dryRun: true }))
expectError(applyMigConfig(document, { concurrency: 2 }))
expectError(planMigConfig(document, { onSlowCall: 'log' }))
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
const result = repartition({ gpu: geometry, wanted: [] })
expectType<RepartitionResult>(result)
if (result.kind === 'infeasible') expectError(result.layout)

declare const anyState: MigState
declare const anyPlan: MigPlan
expectType<string>(renderMachineSvg(anyState, { title: 'node 7', columns: 4 }))
expectType<string>(renderPlanSvg(anyState, anyPlan))
expectError(renderPlanSvg(anyPlan, anyState))
expectType<readonly MigDevice[]>(listMigDevices(anyState))
expectType<Promise<AssertReport>>(assertMigConfig('', { modeOnly: true }))
expectType<Promise<MigPlan>>(planMigConfig('', { modeOnly: true, evict: true }))
