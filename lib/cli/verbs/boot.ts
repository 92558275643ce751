import type { BootOptions, BootPhase, BootReport } from '../../../types/node/boot.js'
import type { ConfigChoice, MigChoice } from '../../../types/node/choice.js'
import { toError } from '../../errors.js'
import { matchings } from '../../machine/operation/option-rules.js'
import { createNotifier } from '../../node/boot/notify.js'
import { bootMig } from '../../node/boot.js'
import { bootExitStatus, exitStatuses } from '../../node/exit-status.js'
import { recordBoot } from '../../node/state/boot-record.js'
import { readBootId } from '../../system/boot-id.js'
import { readTextFile } from '../../system/read-text.js'
import { bootOptions, reboots } from '../parse/boot-options.js'
import { choiceOf, given, optionalNumber, textOf } from '../parse/option-values.js'
import { kindOf, runSettings } from '../parse/settings.js'
import { type OptionValues, type Terminal, UsageError, type Verb } from '../parse/verb.js'
import { createApplyPrinter } from '../print/apply-printer.js'

export const bootVerb: Verb = {
  usage: '[-f FILE] [-c NAME] [--wait SECONDS] [--reboot once] [options]',
  options: bootOptions,
  statusOf: bootExitStatus,
  async run(values, terminal) {
    const states = given('stateFolder', textOf(values, 'state-dir'))
    const options = await optionsFrom(values, terminal).catch(async (error: unknown) => {
      await recordBoot(states, readBootId(), { error: toError(error), choice: null })
      throw error
    })
    const show = values['json'] === true ? terminal.err : terminal.out
    const notifier = createNotifier(terminal.env['NOTIFY_SOCKET'])
    const onPhase = ({ phase, text }: BootPhase): void => {
      show(`${phase}: ${text}\n`)
      if (phase === 'done') notifier.ready(text)
      else notifier.status(`${phase}: ${text}`)
    }
    const boot = createApplyPrinter(values, terminal, 'machine').around((onEvent) =>
      bootMig({ ...options, ...states, onEvent, onPhase }),
    )
    const report = await boot.catch((error: unknown) => {
      notifier.status(`failed: ${toError(error).message}`)
      throw error
    })
    if (values['json'] === true) terminal.out(`${JSON.stringify(report, null, 2)}\n`)
    else await print(report, terminal)
    return report.outcome === 'rebooting' ? exitStatuses.temporary : 0
  },
}

/** All but the folder of states. */
async function optionsFrom(values: OptionValues, terminal: Terminal): Promise<BootOptions> {
  const choice = choiceFrom(values, terminal)
  const { hooks, clients, hookEnvs, cdi, ...settings } = await runSettings(values, terminal, {
    MIG_PARTED_CONFIG_FILE: textOf(values, 'config-file'),
  })
  const waitSeconds = optionalNumber(values, 'wait')
  return {
    ...given('choice', choice),
    modeOnly: values['mode-only'] === true,
    ...given('waitMs', waitSeconds === undefined ? undefined : waitSeconds * 1000),
    ...given('reboot', choiceOf(values, 'reboot', reboots)),
    ...given('hooks', hooks),
    ...given('clients', clients),
    ...given('hookEnvs', hookEnvs),
    ...given('cdi', cdiOf(values, cdi)),
    ...given('library', settings.library),
    ...given('reset', settings.reset),
    ...given('resetTimeoutMs', settings.resetTimeoutMs),
    ...given('slowAfterMs', settings.slowAfterMs),
    signal: terminal.signal,
  }
}

/** What the options choose; undefined: what was persisted. Files are read only when the boot asks for them. */
function choiceFrom(
  values: OptionValues,
  { signal }: Terminal,
): MigChoice | (() => Promise<MigChoice>) | undefined {
  const [file, config] = [textOf(values, 'config-file'), textOf(values, 'selected-config')]
  const checkpoint = textOf(values, 'checkpoint-file')
  if (checkpoint !== undefined) {
    if (file !== undefined || config !== undefined)
      throw new UsageError('--checkpoint-file and a configuration cannot be combined')
    return { kind: 'checkpoint', checkpoint }
  }
  if (file === '-') throw new UsageError('boot reads no configuration from standard input')
  if (file === undefined) return config === undefined ? undefined : { kind: 'generated', config }
  const rest: Omit<ConfigChoice, 'document'> = {
    kind: 'config',
    ...given('config', config),
    ...given('matching', choiceOf(values, 'matching', matchings)),
  }
  return async () => ({
    ...rest,
    document: await readTextFile(file, kindOf(`The MIG configuration ${file}`), signal),
  })
}

function cdiOf(values: OptionValues, cdi: BootOptions['cdi']): BootOptions['cdi'] {
  const driverRoot = textOf(values, 'driver-root')
  if (driverRoot === undefined) return cdi
  if (cdi === undefined) throw new UsageError('--driver-root needs --cdi')
  return { ...(typeof cdi === 'string' ? { file: cdi } : cdi), driverRoot }
}

async function print(report: BootReport, { out }: Terminal): Promise<void> {
  for (const { kind, name } of report.clients) out(`started the ${kind} ${name}\n`)
  if (report.exported === null) return
  const { formatConfigYaml } = await import('../../config/export/format.js')
  out(formatConfigYaml(report.exported))
}
