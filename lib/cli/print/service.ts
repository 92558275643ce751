import type { ServiceReport, ServiceStatus } from '../../../types/node/service.js'
import type { Terminal } from '../parse/verb.js'

/** `linked`: what has become of the links. */
export function printServiceReport(
  report: ServiceReport,
  linked: 'made' | 'removed',
  { out, err }: Terminal,
): void {
  for (const { path, outcome } of report.files)
    out(
      `${path}: ${outcome}${outcome === 'kept' ? ', because it is not as install writes it' : ''}\n`,
    )
  for (const path of report.links) out(`${path}: ${linked}, the link that enables the service\n`)
  if (report.stopped) out('the service was active, and has been stopped\n')
  if (report.reloaded) out('systemd has read its units again\n')
  for (const warning of report.warnings) err(`warning: ${warning}\n`)
}

export function printServiceStatus(status: ServiceStatus, { out, err }: Terminal): void {
  for (const { path, state } of status.files) out(`${path}: ${state}\n`)
  for (const path of status.dropIns) out(`${path}: changes the unit\n`)
  out(status.enabled ? 'enabled: it runs at boot\n' : 'not enabled\n')
  const { choice, lastBoot, override } = status
  if (override !== null) out(`chosen by ${override.variable} in ${override.file}\n`)
  out(
    choice === null
      ? 'persisted: nothing\n'
      : `persisted: ${describeChoice(choice.choice)}, since ${choice.chosenAt}\n`,
  )
  if (lastBoot === null) out('last boot: none is recorded\n')
  else {
    const error = lastBoot.error === null ? '' : `: ${lastBoot.error.message}`
    out(`last boot: ${lastBoot.outcome} at ${lastBoot.endedAt}${error}\n`)
  }
  for (const warning of status.warnings) err(`warning: ${warning}\n`)
}

function describeChoice(choice: NonNullable<ServiceStatus['choice']>['choice']): string {
  if (choice.kind === 'checkpoint') return 'a checkpoint'
  const generated = choice.kind === 'generated' ? ', as generated for the machine' : ''
  return `the configuration ${choice.config ?? ''}${generated}`
}
