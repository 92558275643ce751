import { AsyncLocalStorage } from 'node:async_hooks'
import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import type { PlanStep } from '../../../types/machine/plan.js'
import type { ApplyTrace, StepTrace } from '../../../types/machine/tracing.js'

const applies: TracingChannel<string, ApplyTrace> = tracingChannel('mig-nvml:apply')
const steps: TracingChannel<string, StepTrace> = tracingChannel('mig-nvml:step')
const running = new AsyncLocalStorage<PlanStep>()

/** Calls `work` with `args`; without subscribers, no closure stands between the two in a stack. */
export function traceApply<Args extends unknown[], T>(
  trace: ApplyTrace,
  work: (...args: Args) => Promise<T>,
  ...args: Args
): Promise<T> {
  return applies.hasSubscribers
    ? applies.tracePromise(work, trace, undefined, ...args)
    : work(...args)
}

/** `undo`: the step takes back what an apply has done. */
export function traceStep<T>(step: PlanStep, undo: boolean, work: () => Promise<T>): Promise<T> {
  return steps.hasSubscribers
    ? running.run(step, () => steps.tracePromise(work, { step, undo }))
    : running.run(step, work)
}

/** The step, of an undo too, that the caller's asynchronous context is part of. */
export function findRunningStep(): PlanStep | null {
  return running.getStore() ?? null
}
