import { expectError, expectNotAssignable, expectNotType, expectType } from 'tsd'
import {
  type ApplyEvent,
  applyMigConfig,
  assertMigConfig,
  type CompletedApply,
  checkpointMig,
  exportMigConfig,
  formatPlan,
  type GpuInstance,
  holdMigConfig,
  isMigError,
  isNvmlError,
  type ListedMigState,
  type MigChange,
  MigError,
  type MigNvmlConfigDocument,
  type MigPlan,
  type MigRequest,
  type MigState,
  type NvmlCode,
  NvmlError,
  type PciGpu,
  type PciModeReport,
  planMigConfig,
  readMigState,
  readPciModes,
  recoverMig,
  renderMachine,
  renderMachineSvg,
  renderPlan,
  renderPlanSvg,
  restoreMig,
  setPciModes,
  startMigConfig,
  type UsedMigState,
  watchMigState,
  withMigConfig,
} from '../../dist/index.js'

declare const state: MigState
declare const plan: MigPlan
declare const report: CompletedApply

// A request stands in place of a document, and has no other fields.
const request: MigRequest = {
  gpu: [0, 'GPU-1', '00:07.0'],
  migDevices: { '3g.20gb': 2 },
  add: true,
}
expectType<Promise<CompletedApply>>(applyMigConfig(request, { dryRun: true }))
expectType<Promise<CompletedApply>>(applyMigConfig({ gpu: 'all', migEnabled: false }))
expectType<Promise<MigPlan>>(planMigConfig({ gpu: 0, migDevices: {} }))
expectType<Promise<number>>(withMigConfig(request, () => 1))
expectError(applyMigConfig({ migDevices: {} }))
expectError(applyMigConfig({ gpu: 0, migDevices: [{ profile: '1g.5gb' }] }))
expectError(applyMigConfig({ gpu: 0, migDevices: { '1g.5gb': '2' } }))
expectError(applyMigConfig({ gpu: 0, devices: { '1g.5gb': 2 } }))
expectError(applyMigConfig({ gpu: null, migDevices: {} }))

// Options that are of another function, misspelt, or of another kind.
expectError(readMigState({ config: 'mine' }))
expectError(readMigState({ library: 1 }))
expectError(readMigState({ library: { selector: { symbol: 's', value: 1 } } }))
expectError(readMigState({ signal: new AbortController() }))
expectError(assertMigConfig('', { skipReset: true }))
expectError(assertMigConfig('', { matching: 'loose' }))
expectError(startMigConfig('', { reset: 'nvidia_smi' }))
expectError(startMigConfig('', { reset: () => true }))
expectError(startMigConfig('', { evict: 'all' }))
expectError(startMigConfig('', { onEvents: () => {} }))
expectError(startMigConfig('', { timeoutMs: 10 }))
expectError(startMigConfig('', { hookEnvs: { A: 1 } }))
expectError(startMigConfig('', { hooks: { hooks: { 'pre-apply-mode': [{ args: [] }] } } }))
expectError(recoverMig({ direction: 'redo' }))
expectError(recoverMig({ dryRun: true }))
expectError(exportMigConfig({ placements: 'yes' }))
expectError(checkpointMig('now.json'))
expectError(checkpointMig({ path: 'now.json' }))
expectError(restoreMig())
expectError(restoreMig({ gpus: [] }))
expectError(watchMigState({ interval: 100 }))
expectError(watchMigState({ intervalMs: '100' }))
expectError(withMigConfig(''))
expectError(withMigConfig('', { config: 'mine' }))
expectError(holdMigConfig('', { dryRun: true }))
expectError(holdMigConfig('', { checkpoint: 'now.json' }))
expectType<Promise<MigNvmlConfigDocument>>(exportMigConfig({ placements: true }))

// An apply on its way is no promise: its report is.
expectError(startMigConfig('').then(() => {}))
expectError(startMigConfig('').outcome)
expectError(readMigState().gpus)

// Pictures.
expectType<string>(formatPlan(plan))
expectType<string>(renderMachine(state, { color: true, unicode: false, columns: 80, fold: true }))
expectType<string>(renderPlan(state, plan, { columns: 80 }))
expectError(renderMachine(report))
expectError(renderMachine(state, { colour: true }))
expectError(renderMachine(state, { title: 'node 7' }))
expectError(renderPlan(plan, state))
expectError(renderMachineSvg(state, { width: 4 }))
expectError(renderPlanSvg(state, plan, { columns: 2 }))
expectError(formatPlan(report))

// A completed apply has the machine afterwards; the report of a failed one may not.
expectType<ListedMigState>(report.after)
expectType<'unchanged' | 'applied' | 'planned'>(report.outcome)
declare const error: unknown
if (isMigError(error)) {
  expectType<ListedMigState | null | undefined>(error.report?.after)
  switch (error.code) {
    case 'MIG_IN_USE':
      expectType<number | undefined>(error.holders?.[0]?.pid)
      break
    case 'ABORT_ERR':
      expectType<'ABORT_ERR'>(error.code)
      break
    default:
      expectNotAssignable<typeof error.code>('MIG_IN_USE')
  }
  expectNotAssignable<typeof error.code>('MIG_INUSE')
  // biome-ignore lint/suspicious/noAssignInExpressions: the assignment is what must not compile
  expectError((error.code = 'MIG_IN_USE'))
}
if (isNvmlError(error)) {
  expectType<NvmlCode>(error.code)
  expectType<number>(error.ret)
  expectNotAssignable<typeof error.code>('IN_USE')
  expectError(error.report)
}
expectError(new MigError('MIG_SOMETHING', ''))
expectError(new MigError('MIG_IN_USE', '', { holder: 1 }))
expectError(new NvmlError({ fn: 'nvmlInit_v2' }))

// Nothing that comes out can be changed.
// biome-ignore lint/suspicious/noAssignInExpressions: the assignment is what must not compile
expectError((report.outcome = 'planned'))
expectError(plan.gpus[0]?.steps.reverse())
expectError(report.gpus.sort())
expectError(state.gpus[0]?.gpuInstances?.splice(0))

// What may be null has to be looked at.
expectType<readonly GpuInstance[] | null | undefined>(state.gpus[0]?.gpuInstances)
declare const gpu: MigState['gpus'][number]
expectNotType<NonNullable<typeof gpu.mig>>(gpu.mig)
expectNotType<NonNullable<typeof gpu.geometry>>(gpu.geometry)

// Kinds are told apart, and there are no others.
declare const event: ApplyEvent
declare const change: MigChange
expectNotAssignable<typeof event.kind>('step-finished')
expectError(event.step)
if (event.kind === 'hook-output') expectType<'stdout' | 'stderr'>(event.stream)
expectNotAssignable<typeof change.kind>('gpu-instance-moved')
if (change.kind === 'xid') expectType<number>(change.xid)
if (change.kind === 'mig-mode') expectError(change.gpuInstance)

// GPUs without a driver, and clients.
expectType<readonly PciGpu[]>(await readPciModes({ evenIfBound: true }))
expectType<PciModeReport>(await setPciModes('', { config: 'on', skipReset: true }))
expectError(setPciModes('', { modeOnly: true }))
await applyMigConfig('', {
  clients: { version: 'v1', clients: [{ preset: 'dcgm', when: 'reset' }] },
})
expectError(applyMigConfig('', { clients: { version: 'v1', clients: [{ preset: 'dgcm' }] } }))

expectType<Promise<UsedMigState>>(readMigState({ processes: true }))
expectType<Promise<MigState>>(readMigState({ processes: false }))
expectError(readMigState({ processes: 'all' }))
