import type {
  CheckpointInput,
  MigCheckpoint,
  PartedCheckpoint,
} from '../../../types/machine/checkpoint.js'
import { validateDocument } from '../../config/document/validate-document.js'
import { isMigError, MigError, toError } from '../../errors.js'
import type { DocumentKind } from '../../model/document-text.js'
import { readTextFile } from '../../system/read-text.js'
import { checkpointSchema, partedSchema } from './checkpoint-schema.js'

/** A checkpoint that is one, whatever it says of this machine. */
export type ReadCheckpoint =
  | { readonly kind: 'own'; readonly checkpoint: MigCheckpoint }
  | { readonly kind: 'parted'; readonly checkpoint: PartedCheckpoint }

/** Rejects with `MIG_CHECKPOINT_INVALID` for what is not one, and with the error of a file that cannot be read. */
export async function readCheckpoint(
  input: CheckpointInput,
  signal?: AbortSignal,
): Promise<ReadCheckpoint> {
  if (typeof input !== 'string' && !(input instanceof URL)) return check(input, 'The checkpoint')
  const kind = kindOf(`The checkpoint ${input}`)
  const text = await readTextFile(input, kind, signal).catch((error: unknown) => {
    throw isJsonText(input) && !isMigError(error) ? notPath(error) : error
  })
  return check(parseCheckpoint(text, kind), kind.subject)
}

/** What the text of a checkpoint holds, not checked yet. Throws `MIG_CHECKPOINT_INVALID` for what is no JSON. */
export function parseCheckpoint(text: string, { code, subject }: DocumentKind): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MigError(code, `${subject} is damaged: ${toError(cause).message}`, { cause })
  }
}

export function kindOf(subject: string): DocumentKind {
  return { code: 'MIG_CHECKPOINT_INVALID', subject }
}

/** A path can begin so, too: it is asked only of one that cannot be read. */
function isJsonText(input: string | URL): boolean {
  return typeof input === 'string' && /^\s*[[{]/.test(input)
}

function notPath(cause: unknown): MigError {
  return new MigError(
    'MIG_CHECKPOINT_INVALID',
    'The checkpoint is a string, which is the path of a file; this one looks like what is in such a file',
    { cause, hint: 'give restoreMig the path, or the object: JSON.parse(text)' },
  )
}

function check(value: unknown, subject: string): ReadCheckpoint {
  const kind = kindOf(subject)
  const fields: Partial<Record<string, unknown>> = Object(value)
  if (fields['MigState'] !== undefined)
    return { kind: 'parted', checkpoint: validateDocument(partedSchema, value, kind) }
  const version = fields['version']
  if (version !== 'mig-nvml/checkpoint/v1')
    throw new MigError(
      kind.code,
      typeof version === 'string'
        ? `${subject} is of version "${version}", which this package does not know`
        : `${subject} is not one: it has neither the version of this package nor the MigState of mig-parted`,
      typeof version === 'string' ? { hint: 'restore it with the version that took it' } : {},
    )
  return { kind: 'own', checkpoint: validateDocument(checkpointSchema, value, kind) }
}
