import type { MigConfigInput } from '../../types/config.js'
import type { ApplyOptions } from '../../types/options.js'
import type { GpuPlan } from '../../types/plan.js'
import type { CompletedApply, StepReport } from '../../types/report.js'
import type { MigState } from '../../types/state.js'
import { parseConfig, type SelectedConfig, selectConfig } from '../config/index.js'
import { acquireLock } from '../driver/lock.js'
import type { DriverSession } from '../driver/session.js'
import { MigError, toError } from '../errors.js'
import { findGpu } from '../model/state.js'
import { type Control, createControl } from './control.js'
import { executeGpu } from './execute.js'
import { failureOf } from './failure.js'
import { readAndPlan } from './plan.js'
import { gpuOf, reportGpu, reportUntouched } from './report.js'
import { runBounded } from './run-bounded.js'
import { undoGpu } from './undo.js'
import { differencesFromTarget } from './verify.js'
import { withSession } from './with-session.js'

const defaultConcurrency = 2

export async function applyMigConfig(
  input: MigConfigInput,
  options: ApplyOptions = {},
): Promise<CompletedApply> {
  const config = selectConfig(parseConfig(input), options.config)
  const control = createControl(options)
  const concurrency = concurrencyOf(options)
  return withSession(options, async (session) => {
    if (options.dryRun === true) {
      const started = performance.now()
      const { state, plan } = await readAndPlan(session, config, control.signal)
      control.tell({ kind: 'planned', plan })
      if (control.stopped !== null) throw control.stopped
      return reportUntouched('planned', plan, state, performance.now() - started)
    }
    const lock = await acquireLock(session.lockFile, {
      signal: control.signal,
      onWaiting: (holder) =>
        control.tell({ kind: 'waiting-for-lock', path: session.lockFile, holder }),
    })
    try {
      return await applyUnderLock(session, config, control, concurrency)
    } finally {
      lock.release()
    }
  })
}

function concurrencyOf({ concurrency = defaultConcurrency }: ApplyOptions): number {
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new TypeError('concurrency must be a whole number from 1')
  return concurrency
}

async function applyUnderLock(
  session: DriverSession,
  config: SelectedConfig,
  control: Control,
  concurrency: number,
): Promise<CompletedApply> {
  const started = performance.now()
  const { state: before, plan } = await readAndPlan(session, config, control.signal)
  control.tell({ kind: 'planned', plan })
  if (control.stopped !== null) throw control.stopped
  const changing = plan.gpus.filter((gpu) => gpu.steps.length > 0)
  if (changing.length === 0)
    return reportUntouched('unchanged', plan, before, performance.now() - started)

  const ran = await runBounded(changing, concurrency, (gpu) =>
    executeGpu(session, gpu, gpuOf(before, gpu), control),
  )
  const verified = control.stopped ?? (await verifyMachine(session, changing))
  const describe = (steps: readonly (readonly StepReport[])[], now: MigState | null) => ({
    plan,
    gpus: plan.gpus.map((gpu) => {
      const is = now === null ? null : findGpu(now, gpu.gpu)
      return reportGpu(gpu, steps[changing.indexOf(gpu)] ?? [], gpuOf(before, gpu), is)
    }),
    before,
    durationMs: performance.now() - started,
  })
  if (!(verified instanceof Error)) {
    control.tell({ kind: 'verified' })
    return { outcome: 'applied', ...describe(ran, verified), after: verified }
  }

  const failure = await failureOf(session, ran.flat(), verified)
  const undone = await runBounded(changing, concurrency, (gpu) =>
    undoGpu(session, gpu, ran[changing.indexOf(gpu)] ?? [], gpuOf(before, gpu), control, verified),
  )
  const now = await session.readState().catch(() => null)
  throw failure({
    outcome: undone.every((gpu) => gpu.failure === null) ? 'undone' : 'failed',
    ...describe(
      undone.map((gpu) => gpu.steps),
      now,
    ),
    after: now,
  })
}

/** The machine as it is after the last step, or why it is not as planned. */
async function verifyMachine(
  session: DriverSession,
  changed: readonly GpuPlan[],
): Promise<MigState | Error> {
  try {
    const after = await session.readState()
    for (const plan of changed) {
      const [difference] = differencesFromTarget(gpuOf(after, plan), plan.target)
      if (difference !== undefined)
        return new MigError(
          'MIG_VERIFY_FAILED',
          `GPU ${plan.gpuIndex} is not as planned after the last step: ${difference}`,
        )
    }
    return after
  } catch (cause) {
    return new MigError(
      'MIG_VERIFY_FAILED',
      `the machine could not be read after the last step: ${toError(cause).message}`,
      { cause },
    )
  }
}
