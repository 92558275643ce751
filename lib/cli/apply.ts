import type { PlanStep } from '../../types/plan.js'
import type { ApplyEvent, CompletedApply } from '../../types/report.js'
import { applyMigConfig } from '../apply/apply.js'
import { formatPlan, formatStep } from '../plan/index.js'
import { configOptions, driverOptions, readConfig } from './options.js'
import { printMachine } from './print-machine.js'
import { type Terminal, UsageError, type Verb } from './verb.js'

export const applyVerb: Verb = {
  summary: 'Make the machine as a configuration wants it; what fails is undone.',
  usage:
    '-f FILE [-c NAME] [--dry-run] [--concurrency N] [--json] [--library PATH | --simulate SPEC]',
  options: {
    ...configOptions,
    'dry-run': { type: 'boolean' },
    concurrency: { type: 'string' },
  },
  async run(values, terminal) {
    const { text, ...select } = await readConfig(values, terminal)
    const json = values['json'] === true
    const report = await applyMigConfig(text, {
      ...select,
      ...driverOptions(values, terminal),
      ...concurrencyOf(values['concurrency']),
      dryRun: values['dry-run'] === true,
      onEvent: (event) => {
        if (!json) printEvent(event, terminal)
      },
    })
    if (json) terminal.out(`${JSON.stringify(report, null, 2)}\n`)
    else printReport(report, terminal)
    return 0
  },
}

function concurrencyOf(value: string | boolean | undefined): { concurrency?: number } {
  if (value === undefined) return {}
  const concurrency = Number(value)
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new UsageError('--concurrency takes a whole number from 1')
  return { concurrency }
}

function printEvent(event: ApplyEvent, terminal: Terminal): void {
  switch (event.kind) {
    case 'waiting-for-lock':
      terminal.err(
        `waiting for ${event.path}${event.holder === null ? '' : `, held by ${event.holder}`}\n`,
      )
      return
    case 'planned':
      for (const warning of event.plan.warnings) terminal.err(`warning: ${warning}\n`)
      return
    case 'recovering':
      terminal.err(`${event.gpu}: an apply of ${event.config} by ${event.by} was cut short\n`)
      return
    case 'recovered': {
      const { gpu, outcome, reason } = event.recovered
      terminal.err(`${gpu}: ${outcome}${reason === null ? '' : ` (${reason})`}\n`)
      return
    }
    case 'reset-started':
      terminal.err(`GPU ${event.gpuIndex}: resetting\n`)
      return
    case 'step-done':
      terminal.out(`${stepText(event.step)}  ${event.durationMs.toFixed(1)} ms\n`)
      return
    case 'step-failed':
      terminal.err(`failed: ${stepText(event.step)}: ${event.error.message}\n`)
      return
    case 'undo-started':
      terminal.err(`undoing what was done to ${event.gpu}\n`)
      return
    case 'step-undone':
      terminal.err(`undone: ${stepText(event.step)}\n`)
      return
    case 'hook-failed':
      terminal.err(`failed: ${event.error.message}\n`)
      return
    case 'reset-done':
    case 'hook-started':
    case 'hook-output':
    case 'hook-done':
    case 'step-started':
    case 'verified':
      return
    default:
      event satisfies never
  }
}

function stepText(step: PlanStep): string {
  return `GPU ${step.gpuIndex}: ${formatStep(step)}`
}

function printReport(report: CompletedApply, terminal: Terminal): void {
  if (report.outcome === 'planned') {
    terminal.out(`${formatPlan(report.plan)}\n`)
    return
  }
  printMachine(report.after, terminal)
  terminal.out(
    report.outcome === 'unchanged'
      ? 'Nothing to do: the machine already is as wanted.\n'
      : `Applied and verified in ${report.durationMs.toFixed(0)} ms.\n`,
  )
}
