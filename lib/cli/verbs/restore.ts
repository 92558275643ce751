import type { CheckpointInput } from '../../../types/machine/checkpoint.js'
import { MigError } from '../../errors.js'
import { kindOf, parseCheckpoint } from '../../machine/checkpoint/read-checkpoint.js'
import { restoreMig } from '../../machine/restore.js'
import { readTextStream } from '../../system/read-text.js'
import { persistOptions } from '../parse/boot-options.js'
import { textOf } from '../parse/option-values.js'
import {
  checkpointOption,
  machineOptions,
  planOptions,
  runOptions,
  svgOption,
} from '../parse/options.js'
import { runSettings } from '../parse/settings.js'
import { type Terminal, UsageError, type Verb } from '../parse/verb.js'
import { svgFile } from '../print/machine.js'
import { runAndReport } from './apply.js'
import { preparePersist } from './persist.js'

export const restoreVerb: Verb = {
  usage: '-f FILE [options]',
  options: {
    ...checkpointOption,
    ...planOptions,
    ...runOptions,
    ...svgOption,
    ...persistOptions,
    ...machineOptions,
  },
  async run(values, terminal) {
    const svg = await svgFile(values)
    const file = textOf(values, 'checkpoint-file')
    if (file === undefined) throw new UsageError('-f FILE is missing: the checkpoint file')
    const checkpoint = file === '-' ? await readCheckpointText(terminal) : file
    const settings = await runSettings(values, terminal, { MIG_PARTED_CHECKPOINT_FILE: file })
    const persistence = await preparePersist(values, terminal)
    return persistence.around(null, (persist) =>
      runAndReport(values, terminal, {
        svg,
        success: 'MIG configuration restored successfully',
        persist,
        run: (onEvent) => restoreMig(checkpoint, { ...settings, onEvent }),
      }),
    )
  },
}

/** Parses the text here, because `restoreMig` takes text for a path. It checks the content as for a file. */
async function readCheckpointText(terminal: Terminal): Promise<CheckpointInput> {
  const kind = kindOf('The checkpoint on standard input')
  const text = await readTextStream(terminal.stdin(), kind, terminal.signal)
  const value = parseCheckpoint(text, kind)
  if (typeof value === 'object' && value !== null) return value as CheckpointInput
  throw new MigError(kind.code, `${kind.subject} is damaged: it is not an object`)
}
