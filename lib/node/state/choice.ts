import type { ChoiceOptions, MigChoice, PersistedChoice } from '../../../types/node/choice.js'
import { readDocument } from '../../config/document/read-input.js'
import type { SelectedConfig } from '../../config/document/select.js'
import { toError } from '../../errors.js'
import { type ReadCheckpoint, readCheckpoint } from '../../machine/checkpoint/read-checkpoint.js'
import { checkOptions } from '../../model/checks/check-options.js'
import { showValue } from '../../model/checks/find-fault.js'
import { choiceForms } from './choice-forms.js'
import {
  checkState,
  contentError,
  readState,
  removeState,
  stateFolderOf,
  writeState,
} from './state-folder.js'

const version = 'mig-nvml/choice/v1'
const file = 'choice.json'

/** A choice that was read and checked, as far as that needs no machine. */
export type ReadChoice = { readonly modeOnly: boolean; readonly text: string } & (
  | { readonly kind: 'config'; readonly selected: SelectedConfig }
  | { readonly kind: 'generated'; readonly config: string }
  | { readonly kind: 'checkpoint'; readonly read: ReadCheckpoint }
)

/** Rejects with the errors of documents and checkpoints, or the system's for a file. */
export async function readChoice(choice: MigChoice, signal?: AbortSignal): Promise<ReadChoice> {
  const modeOnly = choice.modeOnly ?? false
  const only = modeOnly ? 'the MIG modes of ' : ''
  checkChoice(choice)
  switch (choice.kind) {
    case 'config': {
      const selected = await readDocument(choice.document, choice)
      return { kind: 'config', selected, modeOnly, text: `${only}configuration "${selected.name}"` }
    }
    case 'generated':
      return {
        kind: 'generated',
        config: choice.config,
        modeOnly,
        text: `${only}configuration "${choice.config}", as generated for this machine`,
      }
    case 'checkpoint': {
      const read = await readCheckpoint(choice.checkpoint, signal)
      return { kind: 'checkpoint', read, modeOnly, text: `${only}a checkpoint` }
    }
    default:
      return choice satisfies never
  }
}

function checkChoice(choice: MigChoice): void {
  const rule = choiceForms[choice?.kind]
  if (rule === undefined)
    throw new TypeError(
      `the choice: kind must be ${Object.keys(choiceForms).join(', ')}, not ${showValue(choice?.kind)}`,
    )
  checkOptions('the choice', choice, rule)
}

/** The persisted choice, not yet checked against its own form. Null: there is none. */
export async function readPersisted(options: ChoiceOptions): Promise<PersistedChoice | null> {
  const value = await readState(stateFolderOf(options), file)
  if (value === undefined) return null
  const { version: found, chosenAt, choice }: Partial<Record<string, unknown>> = Object(value)
  if (found !== version || typeof chosenAt !== 'string' || !isChoice(choice))
    throw contentError(
      `${stateFolderOf(options)}/${file} has ${typeof found === 'string' && found !== version ? `version "${found}", which this package does not know` : 'no choice'}`,
    )
  return { version, chosenAt, choice }
}

function isChoice(value: unknown): value is MigChoice {
  const { kind, config }: Partial<Record<string, unknown>> = Object(value)
  if (kind === 'generated') return typeof config === 'string'
  return kind === 'config' || kind === 'checkpoint'
}

/** Rejects with `MIG_STATE_FAILED` where a choice could not be persisted. */
export function checkPersistable(options: ChoiceOptions): Promise<void> {
  return checkState(stateFolderOf(options), file)
}

/** Writes the choice down for later boots, after it was checked. */
export async function persistChoice(
  choice: MigChoice,
  options: ChoiceOptions,
): Promise<PersistedChoice> {
  const persisted = { version, chosenAt: new Date().toISOString(), choice: await copy(choice) }
  await writeState(stateFolderOf(options), file, persisted)
  return persisted as PersistedChoice
}

/** Rejects with `MIG_STATE_FAILED`. */
export function forgetChoice(options: ChoiceOptions): Promise<void> {
  return removeState(stateFolderOf(options), file)
}

/** With its document or checkpoint itself, of which it keeps only the chosen configuration. */
async function copy(choice: MigChoice): Promise<MigChoice> {
  const read = await readChoice(choice)
  const modeOnly = read.modeOnly ? { modeOnly: true } : {}
  switch (choice.kind) {
    case 'config': {
      const selected = read.kind === 'config' ? read.selected : null
      return {
        kind: 'config',
        document: selected?.document ?? choice.document,
        config: selected?.name ?? '',
        ...(choice.matching === undefined ? {} : { matching: choice.matching }),
        ...modeOnly,
      }
    }
    case 'generated':
      return { kind: 'generated', config: choice.config, ...modeOnly }
    case 'checkpoint': {
      const checkpoint = read.kind === 'checkpoint' ? read.read.checkpoint : choice.checkpoint
      return { kind: 'checkpoint', checkpoint, ...modeOnly }
    }
    default:
      return choice satisfies never
  }
}

/** What a persisted choice says that cannot be used any more, in the words of its file. */
export function persistedError(error: unknown, options: ChoiceOptions): Error {
  return contentError(
    `${stateFolderOf(options)}/${file} has a choice that is not valid: ${toError(error).message}`,
    error,
  )
}
