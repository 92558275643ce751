import type { MigChoice } from '../../../types/node/choice.js'
import { matchings } from '../../machine/operation/option-rules.js'
import type { Rule } from '../../model/checks/find-fault.js'
import { anything, flag, objectOf, oneOf, text } from '../../model/checks/kinds.js'

/** What a choice may be. Documents and checkpoints are checked when they are read. */
export const choiceForms: Readonly<Record<MigChoice['kind'], Rule>> = {
  config: objectOf(
    {
      kind: anything,
      document: anything,
      config: text,
      matching: oneOf(...matchings),
      modeOnly: flag,
    },
    'document',
  ),
  generated: objectOf({ kind: anything, config: text, modeOnly: flag }, 'config'),
  checkpoint: objectOf({ kind: anything, checkpoint: anything, modeOnly: flag }, 'checkpoint'),
}
