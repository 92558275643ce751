import type { CheckpointInput } from '../../../types/machine/checkpoint.js'
import { MigError, toError } from '../../errors.js'
import { kindOf, parseCheckpoint } from '../../machine/checkpoint/read-checkpoint.js'
import { restoreMig } from '../../machine/restore.js'
import { readTextStream } from '../../system/read-text.js'
import { runSettings } from '../apply-options.js'
import { createApplyPrinter } from '../apply-printer.js'
import { driverOptions } from '../driver-options.js'
import { textOf } from '../option-values.js'
import { checkpointOption, machineOptions, planOptions, runOptions, svgOption } from '../options.js'
import { svgFile, writeReportSvg } from '../svg-file.js'
import { type Terminal, UsageError, type Verb } from '../verb.js'
import { printReport } from './apply.js'

export const restoreVerb: Verb = {
  summary: 'Make the GPUs of a checkpoint as they were, place by place.',
  usage: '-f FILE [options]',
  options: { ...checkpointOption, ...planOptions, ...runOptions, ...svgOption, ...machineOptions },
  async run(values, terminal) {
    const svg = await svgFile(values)
    const file = textOf(values, 'checkpoint-file')
    if (file === undefined) throw new UsageError('which checkpoint file? -f FILE')
    const checkpoint = file === '-' ? await readCheckpointText(terminal) : file
    const settings = await runSettings(values, terminal, { MIG_PARTED_CHECKPOINT_FILE: file })
    const report = await createApplyPrinter(values, terminal).around((onEvent) =>
      restoreMig(checkpoint, { ...settings, ...driverOptions(values, terminal), onEvent }),
    )
    // The change is made: a picture that cannot be written must not hide the report of it.
    const unwritten = await writeReportSvg(svg, report).catch(toError)
    if (unwritten instanceof Error && values['json'] === true)
      throw Object.assign(unwritten, { report })
    printReport(report, values, terminal, 'MIG configuration restored successfully')
    if (unwritten instanceof Error) throw unwritten
    return 0
  },
}

/** What is in it is checked where files are, too. A text would be taken for the path of a file. */
async function readCheckpointText(terminal: Terminal): Promise<CheckpointInput> {
  const kind = kindOf('The checkpoint on standard input')
  const text = await readTextStream(terminal.stdin(), kind, terminal.signal)
  const value = parseCheckpoint(text, kind)
  if (typeof value === 'object' && value !== null) return value as CheckpointInput
  throw new MigError(kind.code, `${kind.subject} is damaged: it is no object`)
}
