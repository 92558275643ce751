import type { ApplyEvent } from '../../../types/machine/events.js'
import type { CompletedApply } from '../../../types/machine/report.js'
import { toError } from '../../errors.js'
import { applyConfig } from '../../machine/apply.js'
import { atomicScopes } from '../../machine/operation/option-rules.js'
import { persistOptions } from '../parse/boot-options.js'
import { configReader } from '../parse/config-input.js'
import { choiceOf, textOf } from '../parse/option-values.js'
import {
  addOption,
  configOptions,
  gpuOption,
  machineOptions,
  planOptions,
  runOptions,
  svgOption,
} from '../parse/options.js'
import { runSettings } from '../parse/settings.js'
import type { ExitStatus, OptionValues, Terminal, Verb } from '../parse/verb.js'
import { createApplyPrinter } from '../print/apply-printer.js'
import { formatDuration } from '../print/duration.js'
import { printMachine, printPlan, svgFile, writeReportSvg } from '../print/machine.js'
import { type Persist, preparePersist } from './persist.js'

export const applyVerb: Verb = {
  usage: '(-f FILE [-c NAME] | --gpu GPU [--add] PROFILE[=COUNT] …) [options]',
  options: {
    ...configOptions,
    ...gpuOption,
    ...addOption,
    ...planOptions,
    ...runOptions,
    ...svgOption,
    ...persistOptions,
    ...machineOptions,
  },
  positionals: true,
  async run(values, terminal, words) {
    const svg = await svgFile(values)
    const readConfig = configReader(values, terminal, words)
    const settings = await runSettings(values, terminal, {
      MIG_PARTED_CONFIG_FILE:
        values['gpu'] === undefined ? textOf(values, 'config-file') : undefined,
    })
    const persistence = await preparePersist(values, terminal)
    const config = await readConfig()
    return persistence.around(config, async (persist) => {
      const apply = (): Promise<ExitStatus> =>
        runAndReport(values, terminal, {
          svg,
          success: 'MIG configuration applied successfully',
          persist,
          run: (onEvent) => applyConfig(config, { ...settings, onEvent }),
        })
      if (!settings.modeOnly) return apply()
      const { applyPciModes, orWithoutDriver } = await import('./without-driver.js')
      const context = { values, terminal, library: settings.library }
      return orWithoutDriver(context, apply, async () => {
        const status = await applyPciModes(context, config)
        if (status === 0) await persist?.(null)
        return status
      })
    })
  },
}

export interface ReportedRun {
  /** The file for a picture, if one is wanted. */
  readonly svg: string | undefined
  /** The last line that a successful run prints. mig-parted prints the same. */
  readonly success: string
  readonly run: (onEvent: (event: ApplyEvent) => void) => Promise<CompletedApply>
  /** What is to be done with the report at the end; null: nothing. */
  readonly persist?: Persist | null
}

/** Runs an apply or a restore, shows its progress, and prints its report. */
export async function runAndReport(
  values: OptionValues,
  terminal: Terminal,
  { svg, success, run, persist = null }: ReportedRun,
): Promise<ExitStatus> {
  const atomic = choiceOf(values, 'atomic', atomicScopes) ?? 'machine'
  const report = await createApplyPrinter(values, terminal, atomic).around(run)
  // The machine has changed: a file that cannot be written must not hide the report.
  const unwritten =
    (await writeReportSvg(svg, report).catch(toError)) ?? (await persist?.(report).catch(toError))
  if (values['json'] === true) {
    if (unwritten instanceof Error) throw Object.assign(unwritten, { report })
    terminal.out(`${JSON.stringify(report, null, 2)}\n`)
    return 0
  }
  printReport(report, terminal, success)
  if (unwritten instanceof Error) throw unwritten
  return 0
}

function printReport(report: CompletedApply, terminal: Terminal, success: string): void {
  if (report.outcome === 'planned') {
    printPlan(report, terminal)
    return
  }
  printMachine(report.after, terminal)
  for (const { gpuIndex, modeStatus, rebootRequired } of report.gpus) {
    const what = rebootRequired ? 'a reboot of the machine' : 'a reset of this GPU'
    if (modeStatus === 'pending')
      terminal.out(`GPU ${gpuIndex}: the MIG mode is pending: it needs ${what}\n`)
  }
  terminal.out(
    report.outcome === 'unchanged'
      ? 'Nothing to do: the machine already matches.\n'
      : `Applied and verified in ${formatDuration(report.durationMs)}.\n`,
  )
  terminal.out(`${success}\n`)
}
