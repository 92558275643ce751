import { AsyncLocalStorage } from 'node:async_hooks'
import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import type { PlanStep } from '../../../types/machine/plan.js'
import type { ApplyTrace, StepTrace } from '../../../types/machine/tracing.js'

const applies: TracingChannel<string, ApplyTrace> = tracingChannel('mig-nvml:apply')
const steps: TracingChannel<string, StepTrace> = tracingChannel('mig-nvml:step')
const running = new AsyncLocalStorage<PlanStep>()

export function traceApply<T>(trace: ApplyTrace, work: () => Promise<T>): Promise<T> {
  return applies.hasSubscribers ? applies.tracePromise(work, trace) : work()
}

export function traceStep<T>(step: PlanStep, undo: boolean, work: () => Promise<T>): Promise<T> {
  return running.run(step, () =>
    steps.hasSubscribers ? steps.tracePromise(work, { step, undo }) : work(),
  )
}

/** The step that the caller is part of, an undo's too. */
export function findRunningStep(): PlanStep | null {
  return running.getStore() ?? null
}
