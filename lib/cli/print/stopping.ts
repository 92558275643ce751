import { TimeLimitError } from '../parse/verb.js'

const effects = {
  machine: 'after the current driver call, all changes are undone',
  gpu: 'after the current driver call, the changes of GPUs that are not as wanted are undone',
  none: 'after the current driver call; what was changed stays',
  recovery: 'when the current GPU is cleaned up; the others wait for the next mig-nvml recover',
} as const

/** What a stop does: to an apply, by its `--atomic`, or to the recovery after one. */
export type StopEffect = keyof typeof effects

/** Says what happens now that a signal or the time limit stops a command, and how it can end before. */
export function stoppingText(effect: StopEffect, reason: unknown): string {
  const left = 'leaves GPUs half-changed, for mig-nvml recover'
  const stopping = `stopping: ${effects[effect]}`
  return reason instanceof TimeLimitError
    ? `${reason.message}: ${stopping}; if a driver call does not return within 5 s, this process ends and ${left}`
    : `${stopping}; a second signal ends this process at once and ${left}`
}
